# Tests source this. It undoes what a user's shell may set, so that a test sees only what it sets.
unset FANIN_DATA COLUMNS NO_COLOR
export LC_ALL=C.UTF-8 TZ=UTC
