#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "framework/nn/layer_table.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/golden.hpp"

namespace fanin {
namespace {

// A signature is the names of arguments that need no name, then those of the others.
TEST_CASE("layers: constructors take their arguments in PyTorch's order") {
  std::ifstream file(golden_path("signatures.json"));
  const auto golden = nlohmann::json::parse(file);
  std::size_t found = 0;
  for (const LayerRow& row : layer_table()) {
    if (row.type == "GeneralReLU") continue;  // fastai's
    INFO(row.type);
    REQUIRE(golden.contains(row.type));
    std::vector<std::string> names = row.positions;
    for (const Field& field : row.fields)
      if (row.positions.empty()) names.push_back(field.name);
    CHECK(names == golden[row.type][0].get<std::vector<std::string>>());
    for (const std::string name : golden[row.type][1])
      CHECK(std::ranges::find(row.fields, name, &Field::name) != row.fields.end());
    ++found;
  }
  CHECK(found == golden.size());
}

}  // namespace
}  // namespace fanin
