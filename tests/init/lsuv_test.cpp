#include "init/beyond.hpp"

#include <cmath>
#include <map>

#include "framework/core/error.hpp"
#include "framework/core/sha256.hpp"
#include "framework/nn/activation.hpp"
#include "framework/nn/layers.hpp"
#include "framework/nn/text.hpp"
#include "init/recipe.hpp"
#include "tests/init/kolmogorov.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

const char* const net = R"(Sequential(
  (conv): Conv2d(1, 6, kernel_size=(3, 3), stride=(1, 1))
  (norm): BatchNorm2d(6, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
  (block): Sequential(
    (0): ReLU()
    (1): Flatten(start_dim=1, end_dim=-1)
    (2): Linear(in_features=96, out_features=20, bias=True)
    (3): Tanh()
  )
  (fc): Linear(in_features=20, out_features=10, bias=False)
))";

Array images(double scale) {
  std::mt19937 random(1);
  return random_array(random, {64, 1, 6, 6}, 0, -scale, 3 * scale);
}

// The standard deviation of each layer's output in its first call, by path.
std::map<std::string, double> spreads(Module& model, const Array& x) {
  std::map<std::string, double> result;
  std::vector<Module::HookHandle> hooks;
  for (const auto& [path, module] : model.named_modules())
    hooks.push_back(module->register_forward_hook(
        [&result, path = path](Module&, const Tensor&, const Tensor& y) {
          double mean = 0, square = 0;
          for (Real value : y.value()) mean += value / static_cast<double>(y.size());
          for (Real value : y.value()) square += (value - mean) * (value - mean);
          result.emplace(path, std::sqrt(square / static_cast<double>(y.size())));
        }));
  model(Tensor(x));
  return result;
}

TEST_CASE("lsuv: every layer's output has a std of 1, at any scale of the data") {
  for (const double scale : {1e-3, 1.0, 1e3})
    for (const char* scheme : {"lsuv", "lsuv:tol=0.001", "mine{base=lsuv; norm.bias=ones_}"}) {
      Generator generator(1);
      const auto model = parse_model(net, generator);
      int asked = 0;
      apply_scheme(*model, scheme, generator, {.images = [&] { return ++asked, images(scale); }});
      INFO(scheme << ", scale " << scale);
      CHECK(asked == 1);
      auto spread = spreads(*model, images(scale));
      const double tol = std::string(scheme) == "lsuv:tol=0.001" ? 0.001 : 0.1;
      for (const char* path : {"conv", "block.2", "fc"}) CHECK(std::abs(spread[path] - 1) <= tol);
    }
}

TEST_CASE("lsuv: the weights stay orthonormal up to a factor, and nothing else changes") {
  Generator a(1), b(1);
  const auto model = parse_model(net, a), plain = parse_model(net, b);
  (*model)(Tensor(images(1)));  // its statistics now differ from those of a new model
  (*plain)(Tensor(images(1)));
  model->eval();
  model->modules().back()->train();  // each module has its own mode
  apply_scheme(*model, "lsuv", a, {.images = [] { return images(1); }});
  apply_scheme(*plain, "orthogonal", b);
  CHECK(a.state() == b.state());  // the images do not use draws
  CHECK_FALSE(model->training());
  CHECK(model->modules().back()->training());
  CHECK(model->counters() == plain->counters());
  const auto got = model->state_dict(), want = plain->state_dict();
  for (std::size_t i = 0; i < got.size(); ++i) {
    const auto& [path, array] = got[i];
    INFO(path);
    const Array& other = want[i].second;
    if (path == "conv.weight" || path == "block.2.weight" || path == "fc.weight") {
      const Real factor = array.data()[0] / other.data()[0];
      for (std::size_t k = 0; k < array.size(); ++k)
        CHECK(array.data()[k] == Approx(factor * other.data()[k]).epsilon(1e-4));
    } else {
      CHECK(same_bits(array, other));
    }
  }
}

TEST_CASE("lsuv: a weight that a user's rule filled does not change") {
  Generator generator(1);
  const auto model = parse_model(net, generator);
  const std::string scheme = "mine{base=lsuv; block.2.weight=constant_:val=0.5}";
  apply_scheme(*model, scheme, generator, {.images = [] { return images(1); }});
  const Array& own = model->named_parameters()[4].second.value();
  CHECK(std::all_of(own.begin(), own.end(), [](Real value) { return value == Real(0.5); }));
  CHECK(Recipe(scheme).expected(*model)[4].std == 0);  // the others depend on data
  CHECK(std::isnan(Recipe(scheme).expected(*model)[0].std));
  CHECK(spreads(*model, images(1))["fc"] == Approx(1).margin(0.1));
}

TEST_CASE("lsuv: a layer that is used twice is scaled too") {
  Generator generator(1);
  const auto shared = std::make_shared<Linear>(36, 36, true, generator);
  Sequential model({std::make_shared<Flatten>(), shared, std::make_shared<ReLU>(), shared});
  apply_scheme(model, "lsuv", generator, {.images = [] { return images(100); }});
  CHECK(spreads(model, images(100))["1"] == Approx(1).margin(0.1));
}

TEST_CASE("lsuv: the error about a layer with constant output names the layer") {
  Generator generator(1);
  const auto model = parse_model(net, generator);
  const auto apply = [&](const std::string& scheme, const Array& x) {
    apply_scheme(*model, scheme, generator, {.images = [&] { return x; }});
  };
  CHECK_THROWS_WITH(apply("lsuv", Array::full({4, 1, 6, 6}, 0)),
                    StartsWith("lsuv: the output of Conv2d conv has a standard deviation "
                               "of 0 after 0 tries"));
  CHECK_THROWS_WITH(apply("dead{base=lsuv; block.2.weight=zeros_}", images(1)),
                    StartsWith("lsuv: the output of Linear fc has"));
  CHECK_THROWS_WITH(apply("lsuv", Array::full({4, 1, 6, 6}, NAN)),
                    ContainsSubstring("standard deviation of nan"));
  CHECK_THROWS_WITH(apply_scheme(*model, "lsuv", generator),
                    "lsuv needs a batch of images to compute the weights");
  CHECK_THROWS_WITH(Recipe("lsuv:tol=0"), "lsuv: tol must be above 0");
  CHECK_THROWS_AS(Recipe("lsuv:tries=0"), UsageError);
}

}  // namespace
}  // namespace fanin
