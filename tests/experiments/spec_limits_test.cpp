#include "experiments/specs/spec.hpp"

#include "tests/experiments/spec_text.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

TEST_CASE("spec: nesting too deep for a spec is refused before parsing") {
  const auto repeated = [](const std::string& text, std::size_t count) {
    std::string result;
    for (std::size_t i = 0; i < count; ++i) result += text;
    return result;
  };
  const std::string what = "nested too deeply for a spec";
  const std::string dots = repeated("a.", 100'000) + "a";
  CHECK(complaint("\n" + dots + " = 1\n") == "mlp.toml:2: " + what);
  CHECK(complaint("[" + dots + "]\n") == "mlp.toml:1: " + what);
  CHECK(complaint("[[" + dots + "]]\n") == "mlp.toml:1: " + what);
  CHECK(complaint("x = " + repeated("[", 100'000) + repeated("]", 100'000)) ==
        "mlp.toml:1: " + what);
  CHECK(complaint("# (\"\nx = " + repeated("{a.b=", 1000)) == "mlp.toml:2: " + what);
  // Dots and brackets in strings, comments and lists of numbers do not count.
  CHECK(complaint(head + "[train]\nlr = [" + repeated("0.25, ", 2000) + "0.5]\n").find("nested") ==
        std::string::npos);
  const std::string noise = repeated("[.{", 100);
  for (const std::string quote : {"\"", "'", "\"\"\""})
    CHECK(complaint(head + "question = " + quote + noise + quote + " # " + noise + "\n") == "");
  CHECK(complaint(head + "question = \"\\\"" + noise + "\"\n[train]\nlr = [" +
                  repeated("\n0.5,", 1) + repeated("\n1.5,", 1) + "]\n") == "");
}

TEST_CASE("spec: ranges and tables that would fill the memory are refused") {
  CHECK_THAT(complaint(head, {"seeds=18446744073709551614-18446744073709551615"}),
             ContainsSubstring("seeds must be whole numbers from 0 to 9223372036854775807"));
  CHECK_THAT(complaint(head, {"seeds=0-18446744073709551615"}),
             ContainsSubstring("makes more than 100000 seeds"));
  CHECK_THAT(complaint(head, {"seeds=0-99999,0-99999,0-99999"}),
             ContainsSubstring("more than 100000 seeds"));
  std::string table = "name = \"a\"\ninits = [\"zero\"]\n[model]\nname = \"mlp\"\ndepth = [1";
  for (int i = 2; i <= 50'000; ++i) table += "," + std::to_string(i);
  table += "]\n";
  for (int i = 0; i <= 1000; ++i) table += "k" + std::to_string(i) + " = 1\n";
  CHECK_THAT(complaint(table), ContainsSubstring("more than 100000 runs"));
  CHECK_THAT(complaint("name = \"a\"\ninits = [\"zero\"]\n"
                       "model = \"mlp:depth=10000,width=65536\"\n"),
             StartsWith("mlp.toml:3: ") && ContainsSubstring("more than 1073741824 numbers"));
}

TEST_CASE("spec: very long names and invalid bytes are errors") {
  const std::string endless(5000, 'x');
  CHECK_THAT(complaint(head, {"model=" + endless}), ContainsSubstring("no model"));
  CHECK_THAT(complaint("name = \"a\"\ninits = [\"zero\"]\n[model]\nname = \"" + endless + "\"\n"),
             ContainsSubstring("no model"));
  CHECK_THROWS_AS(sweep_from_options(endless), UsageError);
  CHECK_THAT(complaint(head, {"question=\xff"}), ContainsSubstring("is not UTF-8"));
  CHECK_THROWS_WITH(read_sweep("/dev/zero"), "cannot read /dev/zero: it is not a regular file");
}

}  // namespace
}  // namespace fanin
