// Ctrl-C and SIGTERM as a flag that long loops ask between steps.
#pragma once

namespace tailor {

/// Installs handlers for SIGINT and SIGTERM that set the flag; a second signal ends the process at
/// once. Called by tools only.
void catch_interrupts();

/// True once the user asked to stop.
bool interrupted();

/// Throws Interrupted when the user asked to stop. Call where everything worth keeping is saved.
void throw_if_interrupted();

/// Sets or clears the flag (tests).
void set_interrupted(bool value);

}  // namespace tailor
