# Tests source this. It resets variables that a user's shell may set, so that they do not affect tests.
unset FANIN_DATA COLUMNS NO_COLOR
export LC_ALL=C.UTF-8 TZ=UTC
