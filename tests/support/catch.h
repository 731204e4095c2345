// Catch2, to be included last: LibTorch's logging defines CHECK and others too, and whichever
// header comes last wins without a warning (LibTorch's ends the process).
#pragma once

#undef CHECK
#undef CHECK_FALSE
#undef CHECK_NOTHROW
#undef CHECK_THROWS
#undef FAIL
#undef INFO
#undef REQUIRE
#undef SECTION
#undef SUCCEED
#undef WARN

#include <catch2/catch.hpp>
