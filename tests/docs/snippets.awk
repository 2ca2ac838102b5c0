# Makes a test program from the ```cpp blocks in Markdown files. Each block becomes the body of a test
# case, and its #include lines go to the top. If a ```text block follows, the test case must print that
# text; if none follows, it must print nothing.

function flush_snippet() {
  if (snippet == "") return
  cases = cases "\nTEST_CASE(\"" place "\") {\n  const Printed printed;\n  {\n" snippet "  }\n" \
          "  CHECK(printed.text() == R\"printed(" text ")printed\");\n}\n"
  snippet = text = ""
}

FNR == 1 { flush_snippet(); block = "" }
/^```/ {
  opens = block == ""
  block = opens ? substr($0, 4) : ""
  if (opens && block != "text") flush_snippet()
  if (opens && block == "cpp") {
    place = FILENAME ":" FNR
    snippet = "#line " FNR + 1 " \"" FILENAME "\"\n"
  }
  next
}
block == "cpp" && /^#include/ { includes = includes $0 "\n"; $0 = "" }
block == "cpp" { snippet = snippet $0 "\n" }
block == "text" && snippet != "" { text = text $0 "\n" }
block == "" && NF > 0 { flush_snippet() }

END {
  flush_snippet()
  printf "%s", "#include \"tests/docs/snippets.hpp\"\n\n" includes "\nusing namespace fanin;\n" cases
}
