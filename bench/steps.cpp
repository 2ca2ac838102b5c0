#include "bench/steps.hpp"

#include "experiments/task/models.hpp"
#include "framework/nn/layer_table.hpp"
#include "framework/nn/layers.hpp"
#include "framework/nn/text.hpp"
#include "framework/ops/loss.hpp"
#include "framework/ops/shape.hpp"
#include "framework/optim/optimizer.hpp"

namespace fanin {
namespace {

// Mean of 32 tokens' vectors, and a Linear on it.
class Tokens : public Module {
 public:
  Tokens()
      : table_(add_child("table", std::make_shared<Embedding>(10000, 128))),
        out_(add_child("out", std::make_shared<Linear>(128, 10))) {}
  Tensor forward(const Tensor& x) override { return (*out_)(mean((*table_)(x), {1})); }
  std::string type() const override { return "Tokens"; }

 private:
  std::shared_ptr<Embedding> table_;
  std::shared_ptr<Linear> out_;
};

constexpr const char* conv = R"(Sequential(
  Conv2d(1, 32, 3), BatchNorm2d(32), ReLU(), MaxPool2d(2),
  Conv2d(32, 64, 3), BatchNorm2d(64), ReLU(), MaxPool2d(2), Flatten(), Linear(1600, 10)))";

std::shared_ptr<Module> make_network(const std::string& name) {
  if (name == "tokens") return std::make_shared<Tokens>();
  return name == "conv" ? parse_model(conv) : make_model(name, default_generator());
}

Tensor make_input(const std::string& name, std::size_t batch) {
  Array x = name == "tokens" ? Array({batch, 32}) : Array({batch, 1, 28, 28});
  default_generator().normal(x, 0, 1);
  if (name == "tokens")
    for (Real& token : x) token = static_cast<Real>(default_generator().random() % 10000);
  return Tensor(x.batch_last());
}

}  // namespace

double products(const Module& layer, const Tensor& x, const Tensor& y) {
  double weights = 0;
  for (const auto& [name, p] : layer.named_parameters(false))
    if (p.shape().size() > 1) weights += static_cast<double>(p.size());
  if (weights == 0) return 0;
  const std::size_t uses =
      kind_of(layer) == LayerKind::recurrent ? x.dim(0) * x.dim(1) : y.size() / y.dim(1);
  return 2 * static_cast<double>(uses) * weights;
}

const std::vector<std::string>& step_networks() {
  static const std::vector<std::string> names{"lenet5",
                                              "mlp:depth=3,width=256",
                                              "mlp:depth=10,width=256",
                                              "mlp:depth=30,width=128",
                                              "mlp:depth=50,width=64,act=tanh",
                                              "mlp:depth=20,width=100,bn=1",
                                              "conv",
                                              "lstm:hidden=128",
                                              "tokens"};
  return names;
}

std::function<void()> training_step(const std::string& network, std::size_t batch) {
  manual_seed(0);
  const auto model = make_network(network);
  const auto optimizer =
      std::make_shared<SGD>(model->parameters(), SGDOptions{.lr = 0.01, .momentum = 0.9});
  const Tensor x = make_input(network, batch);
  Labels labels;
  for (std::size_t i = 0; i < batch; ++i) labels.push_back(static_cast<std::int64_t>(i % 10));
  return [=] {
    Tensor loss = cross_entropy((*model)(x), labels);
    optimizer->zero_grad();
    loss.backward();
    optimizer->step();
  };
}

StepWork step_work(const std::string& network, std::size_t batch) {
  const auto model = make_network(network);
  const double moved = 5 * sizeof(Real) * static_cast<double>(model->parameter_count());
  if (network == "tokens") return {0, moved};
  double total = 0, first = 0;
  std::vector<Module::HookHandle> hooks;
  for (Module* layer : model->modules())
    hooks.push_back(layer->register_forward_hook([&](Module& m, const Tensor& x, const Tensor& y) {
      const double one = products(m, x, y);
      if (total == 0) first = one;
      total += one;
    }));
  (*model)(make_input(network, batch));
  return {3 * total - first, moved};  // the images need no gradient
}

}  // namespace fanin
