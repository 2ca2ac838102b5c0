#include "init/scheme_table.hpp"

#include "init/named_options.hpp"

namespace fanin {
namespace {

using Rules = std::vector<Rule>;

// What every named scheme begins with: a call for Linear and Conv weights, one for their biases.
Rules weights(const std::string& call, const std::string& bias = "zeros_") {
  return {
      {"Linear.weight", call}, {"Conv*.weight", call}, {"Linear.bias", bias}, {"Conv*.bias", bias}};
}

// The same call for both, which tells them apart by their rank.
Rules parameters(const std::string& call) { return weights(call, call); }

// Recurrent layers: weights from below, weights from the step before, both biases 0.
Rules recurrent(const std::string& input, const std::string& hidden) {
  return {{"*.weight_ih*", input}, {"*.weight_hh*", hidden}, {"*.bias_?h*", "zeros_"}};
}

constexpr const char* forget_gate = "LSTM*.bias_ih*";

Rules operator+(Rules a, const Rules& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// `text` names it and gives its options' defaults.
Scheme scheme(const std::string& text, const char* summary, const Rules& rules, bool lsuv = false) {
  const NamedOptions named(text);
  return {named.name(), summary, named.all(), rules, lsuv};
}

}  // namespace

const std::vector<Scheme>& scheme_table() {
  static const std::vector<Scheme> table{
      scheme("default",
             "what PyTorch's constructors draw: for Linear and Conv variance 1 / (3 fan_in), not "
             "Kaiming's 2 / fan_in",
             {}),
      scheme("zero",
             "sets Linear and Conv weights to 0, so a layer's units stay equal, up to rounding",
             weights("zeros_")),
      scheme("constant:val=0.1",
             "sets Linear and Conv weights to val, so a layer's units stay equal, as with zero",
             weights("constant_:val={val}")),
      scheme("normal:std=0.01", "N(0, std^2) for layers of every size",
             weights("normal_:std={std}")),
      scheme("xavier_uniform", "Glorot & Bengio 2010, uniform: variance 2 / (fan_in + fan_out)",
             weights("xavier_uniform_")),
      scheme("xavier_normal", "Glorot & Bengio 2010, normal: variance 2 / (fan_in + fan_out)",
             weights("xavier_normal_")),
      scheme("kaiming_uniform", "He et al. 2015 for ReLU, uniform: variance 2 / fan_in",
             weights("kaiming_uniform_:nonlinearity=relu")),
      scheme("kaiming_normal", "He et al. 2015 for ReLU, normal: variance 2 / fan_in",
             weights("kaiming_normal_:nonlinearity=relu")),
      scheme("lecun_normal", "LeCun et al. 1998, normal: variance 1 / fan_in, as SELU nets need",
             weights("kaiming_normal_:nonlinearity=linear")),
      scheme("orthogonal:gain=1", "Saxe et al. 2014: orthonormal rows or columns, times gain",
             weights("orthogonal_:gain={gain}")),
      scheme("delta_orthogonal:gain=1",
             "Xiao et al. 2018: Conv kernels with an orthogonal matrix at the centre, 0 elsewhere; "
             "needs in <= out channels",
             weights("orthogonal_:gain={gain}") +
                 Rules{{"Conv*.weight", "delta_orthogonal_:gain={gain}"}}),
      scheme("analytic:act=relu",
             "variance gain^2 / fan_in, with act's gain computed by numerical integration; "
             "act=auto: of the "
             "activation behind each layer",
             weights("analytic_normal_:act={act}")),
      scheme("mean_field:sigma_w=1,sigma_b=0",
             "Poole et al. 2016: N(0, sigma_w^2 / fan_in), biases N(0, sigma_b^2)",
             parameters("mean_field_normal_:sigma_w={sigma_w},sigma_b={sigma_b}")),
      scheme(
          "critical:act=tanh,q=1",
          "Schoenholz et al. 2017: mean_field with the sigmas that keep gradients at their size, "
          "and act's inputs at variance q; act=auto: of the activation behind each layer",
          parameters("critical_normal_:act={act},q={q}")),
      scheme(
          "stable:act=auto",
          "Roberts et al. 2022: critical for the activation behind each layer, at the smallest q "
          "that also keeps outputs at their size",
          parameters("stable_normal_:act={act}")),
      scheme("zero_o", "ZerO, Zhao et al. 2022: identities and Hadamard matrices, nothing random",
             weights("hadamard_identity_")),
      scheme("tutorial",
             "as tutorials do: Conv xavier_normal, Linear N(0, 0.01^2), BatchNorm weight 1, bias 0",
             weights("xavier_normal_") + Rules{{"Linear.weight", "normal_:std=0.01"},
                                               {"BatchNorm*.weight", "ones_"},
                                               {"BatchNorm*.bias", "zeros_"}}),
      scheme("keras",
             "Keras's defaults: xavier_uniform, orthogonal recurrent weights, forget bias 1",
             weights("xavier_uniform_") + recurrent("xavier_uniform_", "orthogonal_") +
                 Rules{{forget_gate, "forget_gate_bias_"},
                       {"Embedding.weight", "uniform_:a=-0.05,b=0.05"},
                       {"PReLU.weight", "zeros_"}}),
      scheme(
          "flax", "Flax's defaults: truncated lecun_normal, recurrent weights orthogonal per gate",
          weights("lecun_trunc_normal_") + recurrent("lecun_trunc_normal_", "orthogonal_gates_") +
              Rules{{"Embedding.weight", "kaiming_normal_:nonlinearity=linear"},
                    {"PReLU.weight", "constant_:val=0.01"}}),
      scheme("lstm_xavier", "xavier_uniform, also in recurrent layers; biases 0",
             weights("xavier_uniform_") + recurrent("xavier_uniform_", "xavier_uniform_")),
      scheme("lstm_orthogonal",
             "xavier_uniform, orthogonal recurrent weights, an LSTM's forget bias 1",
             weights("xavier_uniform_") + recurrent("xavier_uniform_", "orthogonal_") +
                 Rules{{forget_gate, "forget_gate_bias_"}}),
      scheme("irnn:gain=1,std=0.001",
             "Le et al. 2015: an RNN's recurrent weights are the identity times gain, other "
             "weights N(0, std^2)",
             weights("normal_:std={std}") + Rules{{"RNN.weight_ih*", "normal_:std={std}"},
                                                  {"RNN.weight_hh*", "identity_:gain={gain}"},
                                                  {"RNN.bias_?h*", "zeros_"}}),
      scheme("lsuv:tol=0.1,tries=10",
             "Mishkin & Matas 2016: orthonormal, each layer scaled until its output has std 1",
             weights("orthogonal_"), true),
  };
  return table;
}

}  // namespace fanin
