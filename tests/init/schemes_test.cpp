#include "init/recipe.hpp"

#include <cmath>

#include "framework/core/error.hpp"
#include "framework/nn/text.hpp"
#include "init/init.hpp"
#include "init/named_options.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"

// models_test.cpp compares whole models with PyTorch's under each scheme. rules_test.cpp tests
// schemes that fill other layers than Linear and Conv.
namespace fanin {
namespace {

const char* const everything = R"(Sequential(
  (conv): Conv2d(2, 3, kernel_size=(3, 3), stride=(1, 1))
  (norm): BatchNorm2d(3, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
  (block): Sequential(
    (bare): Linear(in_features=4, out_features=5, bias=False)
    (table): Embedding(6, 3)
    (lstm): LSTM(3, 2)
  )
  (fc): Linear(in_features=5, out_features=2, bias=True)
))";

NamedArrays cloned(const Module& model) {
  NamedArrays state = model.state_dict();
  for (auto& [name, array] : state) array = array.clone();
  return state;
}

bool filled_by_schemes(const std::string& name) {
  return name == "conv.weight" || name == "block.bare.weight" || name == "fc.weight";
}

TEST_CASE("schemes: fill Linear and Conv weights, set their biases to 0, and leave the rest") {
  for (const Scheme& scheme : scheme_table()) {
    if (scheme.name == "keras" || scheme.name == "flax" || scheme.name.starts_with("lstm_") ||
        scheme.name == "critical" || scheme.name == "stable" || scheme.lsuv)
      continue;
    Generator generator(1);
    const auto model = parse_model(everything, generator);
    const NamedArrays before = cloned(*model);
    apply_scheme(*model, scheme.name, generator);
    const NamedArrays after = model->state_dict();
    REQUIRE(before.size() == after.size());
    for (std::size_t i = 0; i < after.size(); ++i) {
      const auto& [name, array] = after[i];
      INFO(scheme.name << ": " << name);
      const bool is_default = scheme.name == "default";
      if (!is_default && (name == "conv.bias" || name == "fc.bias"))
        CHECK(array.to_vector() == std::vector<Real>(array.size(), 0));
      else
        CHECK(same_bits(array, before[i].second) == (is_default || !filled_by_schemes(name)));
    }
  }
}

TEST_CASE("schemes: draw in the order of modules(), from the model's generator") {
  Generator a(1), b(1);
  const auto model = parse_model(everything, a), other = parse_model(everything, b);
  apply_scheme(*model, "kaiming_normal", a);
  for (const auto& [name, tensor] : other->named_parameters())
    if (filled_by_schemes(name)) init::kaiming_normal_(tensor, 0, "fan_in", "relu", b);
  CHECK(a.state() == b.state());
  for (const auto& [name, tensor] : other->named_parameters()) {
    if (!filled_by_schemes(name)) continue;
    for (const auto& [own, array] : model->state_dict())
      if (own == name) CHECK(same_bits(array, tensor.value()));
  }
}

TEST_CASE("schemes: options have defaults and are checked") {
  Generator generator(1);
  const auto model = parse_model("Linear(300, 300)", generator);
  const auto weight = [&](const std::string& scheme) {
    apply_scheme(*model, scheme, generator);
    return model->parameter("weight")->value().clone();
  };
  CHECK(weight("constant").at({0, 0}) == Real(0.1));
  CHECK(weight("constant:val=-2").at({7, 7}) == -2);
  CHECK(weight("zero").at({0, 0}) == 0);
  const auto spread = [](const Array& x) {
    double square = 0;
    for (Real value : x) square += static_cast<double>(value) * value;
    return std::sqrt(square / static_cast<double>(x.size()));
  };
  CHECK(spread(weight("normal")) == Approx(0.01).epsilon(0.02));
  CHECK(spread(weight("normal:std=0.5")) == Approx(0.5).epsilon(0.02));
  CHECK(spread(weight("normal:std=0")) == 0);

  const auto refused = [](const std::string& text, const std::string& what) {
    INFO(text);
    CHECK_THROWS_WITH(Recipe(text), StartsWith(what));
    CHECK_THROWS_AS(Recipe(text), UsageError);
    Generator g(1);
    const auto net = parse_model("Linear(2, 2)", g);
    CHECK_THROWS_AS(apply_scheme(*net, text, g), UsageError);
  };
  refused("kaiming", "unknown init \"kaiming\"; expected one of default, zero, constant, normal, ");
  refused("zero:val=1", "zero: takes no options, got \"val\"");
  refused("default:gain=1", "default: takes no options, got \"gain\"");
  refused("normal:mean=1", "normal: unknown option \"mean\"; expected one of std");
  refused("normal:std=small", "normal: std must be a number, got \"small\"");
  refused("normal:std=nan", "normal: std must be a number, got \"nan\"");
  refused("constant:val=inf", "constant: val must be a number, got \"inf\"");
  refused("normal:std=-1", "normal: std must not be negative");
  refused("normal:std", "\"normal:std\": expected key=value after the colon, got \"std\"");
  refused("normal:", "\"normal:\": expected key=value after the colon, got \"\"");
  refused("normal:std=1,std=2", "\"normal:std=1,std=2\": std is given twice");
  refused("normal:std=1,", "\"normal:std=1,\": expected key=value after the colon, got \"\"");
  refused("", "\"\" must begin with a name");
  refused(":std=1", "\":std=1\" must begin with a name");
  for (const Scheme& scheme : scheme_table()) CHECK_NOTHROW(Recipe(scheme.name));
}

TEST_CASE("named options: counts, words and numbers") {
  const NamedOptions options("mlp:depth=30,act=tanh,scale=-1e-3");
  CHECK(options.name() == "mlp");
  CHECK(options.count("depth", 3, 1, 100) == 30);
  CHECK(options.count("width", 128, 1, 100) == 128);
  CHECK(options.word("act", "relu", {"relu", "tanh"}) == "tanh");
  CHECK(options.number("scale", 0) == -1e-3);
  CHECK_THROWS_WITH(options.count("depth", 3, 1, 20),
                    "mlp: depth must be a whole number from 1 to 20, got \"30\"");
  CHECK_THROWS_WITH(options.count("scale", 3, 1, 20),
                    "mlp: scale must be a whole number from 1 to 20, got \"-1e-3\"");
  CHECK_THROWS_WITH(options.word("act", "relu", {"relu", "sigmoid"}),
                    "mlp: act must be one of relu, sigmoid, got \"tanh\"");
  CHECK_THROWS_AS(options.allow({"depth", "act"}), UsageError);
  CHECK_NOTHROW(options.allow({"depth", "act", "scale"}));
}

}  // namespace
}  // namespace fanin
