#include "framework/nn/module.hpp"

#include <sstream>

#include "framework/core/error.hpp"
#include "framework/nn/activation.hpp"
#include "framework/nn/conv.hpp"
#include "framework/nn/layers.hpp"
#include "framework/nn/text.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/shape.hpp"
#include "framework/optim/optimizer.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

std::shared_ptr<Module> network(std::uint64_t seed) {
  Generator generator(seed);
  return parse_model(R"(Sequential(
  (fc): Linear(in_features=4, out_features=3, bias=True)
  (block): Sequential(
    (norm): BatchNorm1d(3, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
    (0): Tanh()
  )
  (out): Linear(in_features=3, out_features=2, bias=False)
))",
                     generator);
}

template <class Entries>
std::string names(const Entries& entries) {
  std::string text;
  for (const auto& [name, value] : entries) text += name + " ";
  return text;
}

TEST_CASE("module: names, orders and counts equal PyTorch's") {
  const auto net = network(1);
  CHECK(names(net->named_parameters()) ==
        "fc.weight fc.bias block.norm.weight block.norm.bias out.weight ");
  CHECK(names(net->state_dict()) ==
        "fc.weight fc.bias block.norm.weight block.norm.bias block.norm.running_mean "
        "block.norm.running_var out.weight ");
  CHECK(names(net->counters()) == "block.norm.num_batches_tracked ");
  CHECK(names(net->children()) == "fc block out ");
  CHECK(net->parameters().size() == 5);
  CHECK(net->parameter_count() == 12 + 3 + 3 + 3 + 6);
  std::string down, up;
  for (Module* module : net->modules()) down += module->type() + " ";
  net->apply([&](Module& module) { up += module.type() + " "; });
  CHECK(down == "Sequential Linear Sequential BatchNorm1d Tanh Linear ");
  CHECK(up == "Linear BatchNorm1d Tanh Sequential Linear Sequential ");
  CHECK(net->parameter("fc.weight") == nullptr);  // only a module's own parameters count
  CHECK(net->children()[0].second->parameter("bias") != nullptr);
}

TEST_CASE("module: a state_dict shares the module's memory, and loads into another module") {
  const auto net = network(1), other = network(2);
  const std::size_t before = net->state_dict().size();
  NamedArrays state;
  for (const auto& [name, array] : net->state_dict())
    state.emplace_back(name, array.batch_last());  // in any layout
  std::reverse(state.begin(), state.end());        // and in any order
  other->load_state_dict(state);
  const auto mine = net->state_dict(), loaded = other->state_dict();
  for (std::size_t i = 0; i < before; ++i) {
    CHECK(same_bits(loaded[i].second, mine[i].second));
    CHECK(loaded[i].second.data() != mine[i].second.data());
    CHECK(loaded[i].second.is_row_major());
  }
  net->state_dict()[0].second.fill(7);
  CHECK(net->parameters()[0].value().at({2, 3}) == 7);
}

TEST_CASE("module: a state_dict that does not fit is refused and changes nothing") {
  const auto net = network(1);
  const auto refused = [&](auto change, const std::string& what) {
    NamedArrays state, before;
    for (const auto& [name, array] : net->state_dict()) {
      before.emplace_back(name, array.clone());
      state.emplace_back(name, Array::full(array.shape(), 5));
    }
    change(state);
    CHECK_THROWS_WITH(net->load_state_dict(state), what);
    const auto after = net->state_dict();
    for (std::size_t i = 0; i < after.size(); ++i)
      CHECK(same_bits(after[i].second, before[i].second));
  };
  refused([](auto& state) { state.pop_back(); },
          "load_state_dict: \"out.weight\" is missing from the state");
  refused([](auto& state) { state.emplace_back("out.bias", Array({2})); },
          "load_state_dict: the model has no \"out.bias\"");
  refused(
      [](auto& state) {
        state.back().second = Array({3, 2});
      },
      "load_state_dict: \"out.weight\" is [2, 3], the state has [3, 2]");
  CHECK_THROWS_AS(net->set_counter("fc.num_batches_tracked", 3), Error);
}

TEST_CASE("module: training mode is set in every child, and batch norm counts its batches") {
  const auto net = network(1);
  const Tensor x(Array::full({4, 4}, 1));
  const auto norm = net->modules()[3];
  CHECK((net->training() && norm->training()));
  (*net)(x);
  net->eval();
  CHECK_FALSE((net->training() || norm->training()));
  const Array mean = net->state_dict()[4].second.clone();
  (*net)(x);
  CHECK(same_bits(net->state_dict()[4].second, mean));
  CHECK(net->counters()[0].second == 1);
  net->train();
  (*net)(x);
  CHECK_FALSE(same_bits(net->state_dict()[4].second, mean));
  CHECK(net->counters()[0].second == 2);
  net->set_counter("block.norm.num_batches_tracked", 9);
  CHECK(net->counters()[0].second == 9);
}

TEST_CASE("module: an error names the layer, through nested Sequentials") {
  Generator generator(1);
  const auto block = std::make_shared<Sequential>();
  block->add(std::make_shared<Tanh>());
  block->add("out", std::make_shared<Linear>(5, 2, true, generator));
  Sequential net({{"fc", std::make_shared<Linear>(4, 3, true, generator)}, {"block", block}});
  CHECK_THROWS_WITH(
      net(Tensor(Array::full({2, 4}, 1))),
      "linear: input [2, 3] does not fit weight [2, 5] (in layer \"block.out\", Linear)");
  CHECK_THROWS_WITH(net(Tensor(Array::full({2, 6}, 1))),
                    "linear: input [2, 6] does not fit weight [3, 4] (in layer \"fc\", Linear)");
}

TEST_CASE("module: an error in a fused layer names that layer") {
  Sequential net({std::make_shared<Conv2d>(1, 2, 3), std::make_shared<ReLU>(),
                  std::make_shared<MaxPool2d>(100), std::make_shared<Flatten>()});
  CHECK_THROWS_WITH(net(Tensor(Array::full({2, 1, 8, 8}, 1))),
                    "max_pool2d: a kernel of [100], dilation [1], does not fit into input "
                    "[2, 2, 6, 6] with padding [0] (in layer \"2\", MaxPool2d)");
  CHECK_THROWS_WITH(net(Tensor(Array::full({2, 1, 2, 2}, 1))),
                    ContainsSubstring("conv2d: ") && EndsWith("(in layer \"0\", Conv2d)"));
}

TEST_CASE("module: hooks make a Sequential run fused layers one by one, with the same results") {
  const auto net = parse_model(R"(Sequential(
  (first): Conv2d(2, 7, kernel_size=(3, 3), padding=1, bias=False)
  (norm): BatchNorm2d(7)
  (act): ReLU()
  (0): Conv2d(7, 7, kernel_size=(3, 3), padding=1)
  (1): Tanh()
  (2): MaxPool2d(kernel_size=3, stride=2, padding=1, ceil_mode=True)
  (3): Conv2d(7, 4, kernel_size=(2, 2))
  (4): Sigmoid()
  (5): Conv2d(4, 3, kernel_size=(1, 1), bias=False)
  (6): MaxPool2d(kernel_size=2)
  (7): Flatten(start_dim=1, end_dim=-1)
  (8): Linear(in_features=12, out_features=7)
  (9): ReLU()
  (10): Linear(in_features=7, out_features=5)
  (11): Tanh()
  (12): Linear(in_features=5, out_features=3, bias=False)
  (13): Sigmoid()
))");
  std::mt19937 random(1);
  const Array image = random_array(random, {17, 2, 9, 8});
  const auto run = [&] {
    const Tensor x(image, true);
    net->zero_grad();
    const Tensor y = (*net)(x);
    sum(y * y).backward();
    std::vector<Array> results{y.value(), x.grad()};
    for (const Tensor& parameter : net->parameters()) results.push_back(parameter.grad());
    return results;
  };
  const auto fused = run();
  std::vector<Module::HookHandle> hooks;
  std::size_t seen = 0;
  for (const auto& [name, layer] : net->children())
    hooks.push_back(
        layer->register_forward_hook([&](Module&, const Tensor&, const Tensor&) { ++seen; }));
  const auto stepwise = run();
  CHECK(seen == 17);
  for (std::size_t i = 0; i < fused.size(); ++i) {
    INFO("result " << i);
    CHECK(gap(fused[i], stepwise[i]) < 1e-5);
  }
  hooks.resize(2);  // keep the hooks of the first convolution and the norm
  run();
  CHECK(seen == 17 + 2);
  const NoGrad no_grad;
  hooks.clear();
  CHECK(gap((*net)(Tensor(image)).value(), fused[0]) < 1e-6);
}

TEST_CASE(
    "module: a shared module is listed once, but its state_dict has it twice, as in PyTorch") {
  Generator generator(1);
  const auto shared = std::make_shared<Linear>(3, 3, true, generator);
  const auto inner = std::make_shared<Sequential>();
  inner->add(shared);
  Sequential net({shared, std::make_shared<Tanh>(), shared, inner});
  CHECK(names(net.named_parameters()) == "0.weight 0.bias ");
  CHECK(names(net.state_dict()) == "0.weight 0.bias 2.weight 2.bias 3.0.weight 3.0.bias ");
  CHECK(names(net.named_modules()) == " 0 1 3 ");
  CHECK(net.parameter_count() == 12);
  std::string visited;  // once per parent
  net.apply([&](Module& module) { visited += module.type() + " "; });
  CHECK(visited == "Linear Tanh Linear Sequential Sequential ");
  const Array before = shared->weight.value().clone();
  SGD optimizer(net.parameters(), {.lr = 1});
  sum(net(Tensor(Array::full({2, 3}, 1)))).backward();
  const Array gradient = shared->weight.grad().clone();
  optimizer.step();
  for (std::size_t i = 0; i < before.size(); ++i)
    CHECK(shared->weight.value().data()[i] == before.data()[i] - gradient.data()[i]);
}

TEST_CASE("module: zero_grad removes every gradient") {
  std::mt19937 random(1);
  const auto net = network(1);
  sum((*net)(Tensor(random_array(random, {5, 4})))).backward();
  for (const Tensor& parameter : net->parameters()) CHECK(parameter.grad().defined());
  net->zero_grad();
  for (const Tensor& parameter : net->parameters()) CHECK_FALSE(parameter.grad().defined());
}

TEST_CASE("module: forward hooks get the input and output of every call while their handle lives") {
  Generator generator(1);
  const auto net = parse_model(
      "Sequential((a): Linear(3, 4) (b): Sequential((0): ReLU() (1): Linear(4, 2)))", generator);
  std::vector<std::string> seen;
  std::vector<Module::HookHandle> handles;
  for (const auto& [path, module] : net->named_modules())
    handles.push_back(module->register_forward_hook(
        [&seen, path = path](Module& m, const Tensor& x, const Tensor& y) {
          seen.push_back(path + " " + m.type() + " " + to_string(x.shape()) + to_string(y.shape()));
        }));
  const Tensor x(Array::full({5, 3}, 1));
  (*net)(x);
  CHECK(seen == std::vector<std::string>{"a Linear [5, 3][5, 4]", "b.0 ReLU [5, 4][5, 4]",
                                         "b.1 Linear [5, 4][5, 2]", "b Sequential [5, 4][5, 2]",
                                         " Sequential [5, 3][5, 2]"});
  seen.clear();
  net->forward(x);  // runs the children's hooks, but not the net's own
  CHECK(seen.size() == 4);
  handles.erase(handles.begin() + 1, handles.end());
  seen.clear();
  (*net)(x);
  CHECK(seen == std::vector<std::string>{" Sequential [5, 3][5, 2]"});
}

TEST_CASE("module: a Sequential applies its children in order and names them") {
  Generator generator(1);
  const auto first = std::make_shared<Linear>(4, 3, true, generator);
  const auto second = std::make_shared<Tanh>();
  Sequential net({first, second});
  const Tensor x(Array::full({2, 4}, 1));
  CHECK(same_bits(net(x).value(), tanh(first->forward(x)).value()));
  CHECK(&net[1] == second.get());
  CHECK(net.size() == 2);
  CHECK_THROWS_WITH(net[2], "Sequential: index 2 is out of range for 2 children");
  CHECK_THROWS_WITH(net.add("1", second), "Module: a child is named \"1\" already");
  CHECK_THROWS_AS(net.add("a.b", second), Error);
  CHECK_THROWS_AS(net.add("", second), Error);
  CHECK_THROWS_WITH(net.add("caf\xe9", second), EndsWith("names are UTF-8"));
  CHECK_THROWS_WITH(net.add(nullptr), "Module: expected a module as child \"2\", got null");
  std::ostringstream text;
  text << net << '\n' << x << '\n' << x.value();
  CHECK(text.str() == to_string(net) + "\n" + to_string(x) + "\n" + to_string(x.value()));
}

}  // namespace
}  // namespace fanin
