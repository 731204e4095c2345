// The entries of a zip file that stores them uncompressed, as torch.save does.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace tailor {

/// Name -> content, views into `bytes`. Zip64 is read. Throws IoError naming `file`: truncated,
/// compressed or encrypted entries, entries beyond the end, a name twice.
/// Source: PKWARE APPNOTE.TXT 6.3.9, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16, 4.5.3.
std::map<std::string, std::string_view> read_stored_zip(std::string_view bytes,
                                                        const std::string& file);

}  // namespace tailor
