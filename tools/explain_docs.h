// Documentation made from the declarations that read the config: it cannot go stale.
#pragma once

#include <string>

#include "tools/command_line.h"

namespace tailor::tools {

/// Fields of a section ("search") or part ("search.strategy.evolution", "space.mobilenet"), or of
/// every part below a name that has no fields of its own ("space", "data").
/// Throws UnknownNameError with the known topics.
std::string topic_text(const std::string& topic);
/// The known topics.
std::string topics_text();
/// Every topic as Markdown tables.
std::string all_docs_markdown();
/// What a config will do, in words.
std::string recipe_text(const CommonFlags& flags);

}  // namespace tailor::tools
