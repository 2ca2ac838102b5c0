#include <map>

#include "framework/core/error.hpp"
#include "framework/nn/text.hpp"
#include "init/recipe.hpp"
#include "tests/init/kolmogorov.hpp"
#include "tests/support/catch.hpp"

// Streams per parameter: a parameter's initial numbers depend only on the seed and its path.
namespace fanin {
namespace {

std::map<std::string, Array> drawn(const std::string& layers, const std::string& scheme,
                                   std::uint64_t seed, bool per_parameter = true) {
  Generator generator(seed);
  const auto model = parse_model("Sequential(" + layers + ")", generator);
  apply_scheme(*model, scheme, generator, {.per_parameter = per_parameter});
  CHECK((generator.state() == Generator(seed).state()) == per_parameter);
  std::map<std::string, Array> result;
  for (const auto& [path, tensor] : model->named_parameters()) result[path] = tensor.value();
  return result;
}

const std::string layers =
    "(conv): Conv2d(3, 5, kernel_size=(3, 3)) (block): Sequential((norm): BatchNorm2d(5) (lstm): "
    "LSTM(4, 6, num_layers=2, bidirectional=True)) (words): Embedding(9, 4, padding_idx=2) (fc): "
    "Linear(7, 7)";

TEST_CASE("streams: another layer in front or behind does not change the other parameters") {
  for (const std::string scheme :
       {"default", "kaiming_normal", "keras", "orthogonal", "mine{fc.weight=uniform_}"})
    for (std::uint64_t seed : {0, 7}) {
      const auto alone = drawn(layers, scheme, seed);
      const auto more =
          drawn("(first): Linear(11, 3) " + layers + " (last): Linear(7, 2)", scheme, seed);
      for (const auto& [path, array] : alone) {
        INFO(scheme << ": " << path);
        CHECK(same_bits(array, more.at(path)));
      }
      CHECK(more.size() == alone.size() + 4);
      const auto shared = drawn(layers, scheme, seed, false);
      const auto moved = drawn("(first): Linear(11, 3) " + layers, scheme, seed, false);
      CHECK_FALSE(same_bits(shared.at("fc.weight"), moved.at("fc.weight")));
    }
}

TEST_CASE(
    "streams: another name or another seed gives other numbers, and all bits of a seed count") {
  const auto p = drawn("(a): Linear(5, 5) (b): Linear(5, 5)", "default", 1);
  CHECK_FALSE(same_bits(p.at("a.weight"), p.at("b.weight")));
  CHECK_FALSE(same_bits(p.at("a.bias"), p.at("b.bias")));
  const std::uint64_t high = (std::uint64_t{1} << 32) + 1;
  const auto other = drawn("(a): Linear(5, 5)", "default", 2),
             above = drawn("(a): Linear(5, 5)", "default", high);
  CHECK_FALSE(same_bits(p.at("a.weight"), other.at("a.weight")));
  CHECK_FALSE(same_bits(p.at("a.weight"), above.at("a.weight")));
}

TEST_CASE("streams: the numbers have the distribution of the layer's default init") {
  const auto p =
      drawn("(a): Linear(25, 4000) (words): Embedding(3000, 20, padding_idx=1)", "default", 3);
  const auto uniform = [](double x) { return std::clamp((x + 0.2) / 0.4, 0.0, 1.0); };
  CHECK(p_value(p.at("a.weight").to_vector(), uniform) > 1e-4);
  CHECK(p_value(p.at("a.bias").to_vector(), uniform) > 1e-4);
  const Array& words = p.at("words.weight");
  for (std::size_t i = 20; i < 40; ++i) CHECK(words.data()[i] == 0);  // the padding row stays 0
  CHECK(words.data()[40] != 0);
}

// These numbers come from Python's hashlib and a seed_seq written from the C++ standard. They make
// sure that the streams of a seed never change.
TEST_CASE("streams: the first draws for a name never change") {
  Generator g = Generator::stream(7, "fc1.weight");
  std::vector<std::uint32_t> first;
  for (int i = 0; i < 4; ++i) first.push_back(g.random());
  CHECK(first == std::vector<std::uint32_t>{3560476770, 2299291114, 3863098341, 292900852});
}

class Odd : public Module {
 public:
  Odd() { add_parameter("scale", Array::full({3}, 1)); }
  Tensor forward(const Tensor& x) override { return x; }
  std::string type() const override { return "Odd"; }
};

TEST_CASE("streams: a layer that is not in the table is refused, unless a rule fills it") {
  Odd odd;
  Generator g(1);
  CHECK_THROWS_WITH(apply_scheme(odd, "default", g, {.per_parameter = true}),
                    "Odd: not in the table of layers, so its default cannot be drawn again");
  CHECK_NOTHROW(apply_scheme(odd, "mine{scale=uniform_}", g, {.per_parameter = true}));
}

}  // namespace
}  // namespace fanin
