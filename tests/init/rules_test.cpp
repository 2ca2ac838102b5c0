#include <cmath>
#include <map>
#include <set>

#include "framework/core/error.hpp"
#include "framework/nn/text.hpp"
#include "init/beyond.hpp"
#include "init/function_table.hpp"
#include "init/recipe.hpp"
#include "tests/init/kolmogorov.hpp"
#include "tests/support/catch.hpp"

// Schemes as lists of rules: the named schemes for recurrent layers, and users' own schemes.
namespace fanin {
namespace {

const char* const net = R"(Sequential(
  (conv): Conv2d(2, 30, kernel_size=(3, 3), stride=(1, 1))
  (norm): BatchNorm2d(30, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
  (words): Embedding(500, 16)
  (lstm): LSTM(40, 50, num_layers=2)
  (fc1): Linear(in_features=50, out_features=60, bias=True)
  (fc2): Linear(in_features=60, out_features=10, bias=False)
))";

// The parameters of `net` after a scheme was applied, by path.
std::map<std::string, Array> after(const std::string& scheme) {
  Generator generator(5);
  const auto model = parse_model(net, generator);
  apply_scheme(*model, scheme, generator);
  std::map<std::string, Array> result;
  for (const auto& [path, tensor] : model->named_parameters()) result[path] = tensor.value();
  return result;
}

bool all(const Array& x, Real value) {
  return std::all_of(x.begin(), x.end(), [=](Real v) { return v == value; });
}

double spread(const Array& x) {
  double square = 0;
  for (Real value : x) square += static_cast<double>(value) * value;
  return std::sqrt(square / static_cast<double>(x.size()));
}

double largest(const Array& x) {
  double most = 0;
  for (Real value : x) most = std::max<double>(most, std::abs(value));
  return most;
}

// The largest entry of |x^T x - 1| for a matrix [m, n]. It is 0 if the columns are orthonormal.
double off_orthonormal(const Real* x, std::size_t m, std::size_t n) {
  double worst = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      double product = 0;
      for (std::size_t k = 0; k < m; ++k) product += x[k * n + i] * x[k * n + j];
      worst = std::max(worst, std::abs(product - (i == j)));
    }
  return worst;
}

// Checks that biases are 0, except bias_ih of the forget gate, rows [H, 2H), which is 1.
void check_forget_gate(const std::map<std::string, Array>& p) {
  for (const char* layer : {"0", "1"}) {
    const Array& bias = p.at(std::string("lstm.bias_ih_l") + layer);
    for (std::size_t i = 0; i < 200; ++i) CHECK(bias.data()[i] == (i >= 50 && i < 100 ? 1 : 0));
    CHECK(all(p.at(std::string("lstm.bias_hh_l") + layer), 0));
  }
}

TEST_CASE("schemes: keras is xavier_uniform, orthogonal recurrent weights and a forget bias of 1") {
  const auto p = after("keras");
  for (const char* name : {"conv.weight", "lstm.weight_ih_l0", "fc1.weight"}) {
    const double std = init::xavier_std(p.at(name).shape());
    CHECK(spread(p.at(name)) == Approx(std).epsilon(0.05));
    CHECK(largest(p.at(name)) <= std * std::sqrt(3.0) * 1.0001);
  }
  CHECK(all(p.at("conv.bias"), 0));
  CHECK(all(p.at("fc1.bias"), 0));
  CHECK(off_orthonormal(p.at("lstm.weight_hh_l1").data(), 200, 50) < 1e-5);
  CHECK(largest(p.at("words.weight")) <= 0.05);
  CHECK(spread(p.at("words.weight")) == Approx(0.1 / std::sqrt(12.0)).epsilon(0.03));
  CHECK(all(p.at("norm.weight"), 1));
  check_forget_gate(p);
}

TEST_CASE("schemes: flax is truncated lecun_normal, orthogonal for each gate, and biases 0") {
  const auto p = after("flax");
  for (const char* name : {"conv.weight", "lstm.weight_ih_l0", "lstm.weight_ih_l1", "fc1.weight"}) {
    const double std = std::sqrt(1.0 / init::calculate_fans(p.at(name).shape()).in);
    CHECK(spread(p.at(name)) == Approx(std).epsilon(0.06));
    CHECK(largest(p.at(name)) <= 2 * std / 0.87962566103423978 * 1.0001);
    CHECK(largest(p.at(name)) > 2 * std);
  }
  for (std::size_t gate = 0; gate < 4; ++gate)
    CHECK(off_orthonormal(p.at("lstm.weight_hh_l0").data() + gate * 2500, 50, 50) < 1e-5);
  for (const char* name : {"conv.bias", "fc1.bias", "lstm.bias_ih_l0", "lstm.bias_hh_l1"})
    CHECK(all(p.at(name), 0));
  CHECK(spread(p.at("words.weight")) == Approx(0.25).epsilon(0.03));
}

TEST_CASE("schemes: the tutorials' recipes for convolutional nets and LSTMs") {
  auto p = after("tutorial");
  CHECK(spread(p.at("conv.weight")) ==
        Approx(init::xavier_std(p.at("conv.weight").shape())).epsilon(0.08));
  CHECK(spread(p.at("fc1.weight")) == Approx(0.01).epsilon(0.05));
  CHECK(all(p.at("fc1.bias"), 0));
  CHECK(all(p.at("norm.weight"), 1));
  for (const char* scheme : {"lstm_xavier", "lstm_orthogonal"}) {
    p = after(scheme);
    for (const char* name : {"lstm.weight_ih_l0", "fc1.weight", "fc2.weight"}) {
      const double bound = std::sqrt(3.0) * init::xavier_std(p.at(name).shape());
      CHECK(largest(p.at(name)) == Approx(bound).epsilon(0.02));
    }
    CHECK(all(p.at("fc1.bias"), 0));
  }
  check_forget_gate(p);
  CHECK(off_orthonormal(p.at("lstm.weight_hh_l0").data(), 200, 50) < 1e-5);
  p = after("lstm_xavier");
  CHECK(all(p.at("lstm.bias_ih_l0"), 0));
  CHECK(largest(p.at("lstm.weight_hh_l0")) == Approx(std::sqrt(6.0 / 250)).epsilon(0.02));
}

TEST_CASE("schemes: every parameter has the std that the recipe expects") {
  for (const Scheme& scheme : scheme_table()) {
    if (scheme.lsuv) continue;
    Generator generator(2);
    const auto model = parse_model(net, generator);
    apply_scheme(*model, scheme.name, generator);
    const auto parameters = model->named_parameters();
    const auto expected = Recipe(scheme.name).expected(*model);
    REQUIRE(expected.size() == parameters.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto& [path, tensor] = parameters[i];
      INFO(scheme.name << ": " << path);
      CHECK(expected[i].path == path);
      double mean = 0, square = 0;
      for (Real value : tensor.value()) mean += value / static_cast<double>(tensor.size());
      for (Real value : tensor.value()) square += (value - mean) * (value - mean);
      const double n = static_cast<double>(tensor.size());
      // Four times the standard error of a normal sample's standard deviation.
      CHECK(std::sqrt(square / n) ==
            Approx(expected[i].std).epsilon(4 / std::sqrt(2 * n)).margin(1e-7));
    }
  }
  Generator generator(2);
  const auto model = parse_model("Sequential((fc): Linear(3, 2))", generator);
  CHECK(std::isnan(Recipe("lsuv").expected(*model)[0].std));  // depends on data
  CHECK(Recipe("lsuv").expected(*model)[1].std == 0);
}

TEST_CASE("rules: the last match wins, by type or path, and parameters without a match stay") {
  const auto before = after("default");
  const auto p = after(
      "mine{ Linear.weight = constant_:val=2; *.weight_?h_l1=ones_; fc2.*=constant_:val=3 ;"
      "Conv*.weight=zeros_;}");
  CHECK(all(p.at("fc1.weight"), 2));
  CHECK(all(p.at("fc2.weight"), 3));
  CHECK(all(p.at("conv.weight"), 0));
  CHECK(all(p.at("lstm.weight_ih_l1"), 1));
  CHECK(all(p.at("lstm.weight_hh_l1"), 1));
  for (const char* name : {"lstm.weight_hh_l0", "conv.bias", "fc1.bias", "words.weight"})
    CHECK(same_bits(p.at(name), before.at(name)));
  CHECK(all(after("mine{fc1.weight=ones_; Linear.weight=zeros_}").at("fc1.weight"), 0));
}

TEST_CASE("rules: a base scheme comes first, and other parameters keep its draws") {
  const auto named = after("normal:std=0.5");
  const auto same = after("mine{base=normal:std=0.5}");
  for (const auto& [path, array] : named) CHECK(same_bits(array, same.at(path)));
  const auto p = after("mine{fc1.weight=zeros_; base=normal:std=0.5}");
  CHECK(same_bits(p.at("conv.weight"), named.at("conv.weight")));
  CHECK(all(p.at("fc1.weight"), 0));
  CHECK(spread(p.at("fc2.weight")) == Approx(0.5).epsilon(0.1));
}

TEST_CASE("rules: a named scheme depends on types of layers, not on names of children") {
  const char* const tricky = R"(Sequential(
    (Conv1): Sequential((Linear): BatchNorm2d(3))
    (Linear): BatchNorm1d(4)
    (LSTM1): GRU(4, 4)
  ))";
  for (const std::string scheme : {"zero", "keras", "mine{base=zero; LSTM1.bias_hh_l0=ones_}"}) {
    INFO(scheme);
    Generator generator(1);
    const auto model = parse_model(tricky, generator);
    apply_scheme(*model, scheme, generator);
    for (const auto& [path, tensor] : model->named_parameters()) {
      INFO(path);
      if (path.ends_with("Linear.weight")) CHECK(all(tensor.value(), 1));
      if (path == "LSTM1.bias_ih_l0" && scheme == "keras") CHECK(all(tensor.value(), 0));
      if (path == "LSTM1.bias_hh_l0" && scheme.starts_with("mine")) CHECK(all(tensor.value(), 1));
    }
  }
}

TEST_CASE("schemes: flax initialises PReLU with 0.01") {
  const auto model = parse_model("PReLU()");
  apply_scheme(*model, "flax");
  CHECK(all(model->parameter("weight")->value(), Real(0.01)));
}

TEST_CASE("rules: errors name the rule that does not fit") {
  Generator generator(1);
  const auto model = parse_model(net, generator);
  const auto refused = [&](const std::string& text, const std::string& what) {
    INFO(text);
    CHECK_THROWS_WITH(apply_scheme(*model, text, generator), ContainsSubstring(what));
    CHECK_THROWS_AS(apply_scheme(*model, text, generator), UsageError);
  };
  refused("mine{Cnv*.weight=zeros_}",
          "pattern \"Cnv*.weight\" matches no parameter of the model, which has conv.weight "
          "(Conv2d), conv.bias (Conv2d), norm.weight (BatchNorm2d), ");
  refused("mine{Linear.weight=zeros}", "unknown init function \"zeros\"; expected one of");
  refused("mine{Linear.weight=normal_:sd=1}", "normal_: unknown option \"sd\"; expected one of");
  refused("mine{Linear.weight=kaiming_normal_:mode=fan_avg}", "Mode fan_avg not supported");
  refused("mine{Linear.weight=kaiming_normal_:nonlinearity=gelu}", "Unsupported nonlinearity gelu");
  refused("mine{Linear.weight}", "mine: expected PATTERN=CALL");
  refused("mine{=zeros_}", "mine: expected PATTERN=CALL");
  refused("mine{;Linear.weight=zeros_}", "mine: expected PATTERN=CALL");
  refused("mine{}", "no rule is given");
  refused("mine{Linear.weight=zeros_", "expected one } at the end");
  refused("mine{Linear.weight=zeros_}x", "expected one } at the end");
  refused("mine{base=nonsense}", "unknown init \"nonsense\"");
  refused("mine{base=zero; base=zero}", "base is given twice");
  refused("{Linear.weight=zeros_}", "\"\" cannot name an init");
  refused("a/b{Linear.weight=zeros_}", "\"a/b\" cannot name an init");
  refused("zero{Linear.weight=ones_}", "zero is already an init");
  CHECK_THROWS_WITH(apply_scheme(*model, "mine{conv.weight=eye_}", generator),
                    "eye_ for conv.weight [30, 2, 3, 3]: Only tensors with 2 dimensions are "
                    "supported");
  CHECK_NOTHROW(Recipe("kaiming_normal").check_fits(*parse_model("LSTM(2, 3)", generator)));
}

TEST_CASE("rules: the text of a scheme is read back as the same rules") {
  const std::string text =
      scheme_text("mine", {{"Conv*.weight", "normal_:mean=0,std=2"}, {"*.bias", "ones_"}}, "zero");
  CHECK(text == "mine{base=zero; Conv*.weight=normal_:mean=0,std=2; *.bias=ones_}");
  CHECK(Recipe(text).label() == "mine");
  CHECK(Recipe("normal:std=1").label() == "normal:std=1");
  const auto p = after(text);
  CHECK(all(p.at("fc1.bias"), 1));
  CHECK(spread(p.at("conv.weight")) == Approx(2).epsilon(0.1));
  CHECK(all(p.at("fc1.weight"), 0));
}

TEST_CASE("function table: each function's numbers have the std that it states") {
  const std::map<std::string, std::vector<std::string>> calls{
      {"400,300",
       {"uniform_:a=-1,b=3",
        "normal_:mean=2,std=3",
        "trunc_normal_:std=1.5,a=-1,b=2",
        "trunc_normal_erfinv_:mean=1,std=2,a=2,b=9",
        "constant_:val=3",
        "ones_",
        "zeros_",
        "eye_",
        "xavier_uniform_:gain=2",
        "xavier_normal_",
        "kaiming_uniform_:mode=fan_out",
        "kaiming_normal_:nonlinearity=tanh",
        "lecun_trunc_normal_",
        "orthogonal_:gain=2",
        "sparse_:sparsity=0.3,std=2",
        "identity_:gain=-3",
        "hadamard_identity_",
        "analytic_normal_:act=gelu,mode=fan_out",
        "mean_field_normal_:sigma_w=3,sigma_b=5",
        "critical_normal_:q=2",
        "stable_normal_"}},
      {"400,100", {"orthogonal_", "orthogonal_gates_:gain=3"}},
      {"60,200", {"orthogonal_", "hadamard_identity_"}},
      {"60,20,3,3",
       {"dirac_:groups=2", "kaiming_normal_", "orthogonal_", "hadamard_identity_",
        "delta_orthogonal_:gain=2"}},
      {"400", {"forget_gate_bias_:val=-2"}},
      {"100000", {"mean_field_normal_:sigma_w=3,sigma_b=5", "critical_normal_:q=2"}},
  };
  std::set<std::string> seen;
  for (const auto& [extents, list] : calls)
    for (const std::string& text : list) {
      Shape shape;
      for (std::size_t at = 0; at < extents.size(); at = extents.find(',', at) + 1) {
        shape.push_back(std::stoul(extents.substr(at)));
        if (extents.find(',', at) == std::string::npos) break;
      }
      INFO(text << " of " << to_string(shape));
      const InitCall call = parse_init_call(text);
      const Tensor t{Array(shape)};
      Generator generator(1);
      call.fill(t, generator);
      double mean = 0, square = 0;
      for (Real value : t.value()) mean += value / static_cast<double>(t.size());
      for (Real value : t.value()) square += (value - mean) * (value - mean);
      CHECK(std::sqrt(square / static_cast<double>(t.size())) ==
            Approx(call.expected_std(shape)).epsilon(0.02).margin(1e-7));
      seen.insert(text.substr(0, text.find(':')));
    }
  for (const InitFunction& function : init_function_table()) CHECK(seen.contains(function.name));
}

TEST_CASE("rules: patterns with many stars are matched quickly") {
  std::string stars;
  for (int i = 0; i < 2000; ++i) stars += "*c";
  CHECK_THROWS_WITH(after("mine{" + stars + "*=zeros_}"),
                    ContainsSubstring("matches no parameter"));
  CHECK(all(after("mine{f*c?.*e??h*=ones_}")["fc1.weight"], 1));
  CHECK(all(after("mine{**.bias=ones_}")["fc1.bias"], 1));
  CHECK_THROWS_AS(after("mine{fc1.weigh=ones_}"), UsageError);
  CHECK_THROWS_AS(after("mine{fc1.weight?=ones_}"), UsageError);
}

TEST_CASE("rules: arguments that leave no distribution to draw from are refused") {
  CHECK_THROWS_WITH(after("mine{fc1.weight=trunc_normal_:a=5,b=1e6}"),
                    ContainsSubstring("would take more than 10000 rounds of draws"));
  CHECK_THROWS_WITH(after("mine{fc1.weight=trunc_normal_exact_}"),
                    ContainsSubstring("write trunc_normal_, whose draws differ"));
  CHECK_THROWS_WITH(after("mine{fc1.weight=trunc_normal_:a=100,b=50}"),
                    ContainsSubstring("a must not be above b, got a 100 and b 50"));
  CHECK_THROWS_WITH(after("mine{fc1.weight=normal_:std=-1}"),
                    ContainsSubstring("normal expects std >= 0.0, but found std -1"));
  CHECK_THROWS_AS(after("mine{fc1.weight=normal_:std=nan}"), UsageError);
  CHECK(all(after("mine{fc1.weight=sparse_:sparsity=1e300}")["fc1.weight"], 0));
}

}  // namespace
}  // namespace fanin
