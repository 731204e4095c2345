// A made-up run for the tests of the report, with every part filled.
#pragma once

#include "tools/report/report.h"

namespace tailor::report {

ReportData sample_report();

}  // namespace tailor::report
