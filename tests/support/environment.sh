# To be sourced by tests: what a user's shell may set, and no test is about.
unset FANIN_DATA COLUMNS NO_COLOR
export LC_ALL=C.UTF-8 TZ=UTC
