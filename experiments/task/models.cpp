#include "experiments/task/models.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iterator>
#include <map>
#include <numeric>

#include "experiments/task/choose.hpp"
#include "experiments/task/datasets.hpp"
#include "framework/core/array.hpp"
#include "framework/core/error.hpp"
#include "framework/core/sha256.hpp"
#include "framework/core/text.hpp"
#include "framework/io/whole_file.hpp"
#include "framework/nn/activation_table.hpp"
#include "framework/nn/layers.hpp"
#include "framework/nn/rnn.hpp"
#include "framework/nn/text.hpp"
#include "framework/ops/shape.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

using Layer = std::shared_ptr<Module>;

// LeCun et al. 1998 as it is taught today: ReLU and max pooling.
Layer make_lenet5(const NamedOptions&, Generator& g) {
  return parse_model(R"(Sequential(OrderedDict([
      ('conv1', Conv2d(1, 6, 5, padding=2)), ('relu1', ReLU()), ('pool1', MaxPool2d(2)),
      ('conv2', Conv2d(6, 16, 5)), ('relu2', ReLU()), ('pool2', MaxPool2d(2)),
      ('flatten', Flatten()),
      ('fc1', Linear(400, 120)), ('relu3', ReLU()),
      ('fc2', Linear(120, 84)), ('relu4', ReLU()),
      ('fc3', Linear(84, 10))])))",
                     g);
}

Layer make_mlp(const NamedOptions& o, Generator& g) {
  const std::size_t depth = o.count("depth", 3, 1, 10000), width = o.count("width", 128, 1, 65536);
  std::map<std::string, std::string> layers;  // by the values of `act`
  std::vector<std::string> names;
  for (const ActivationRow& row : activation_table())
    if (row.layer.make && !row.name.empty())
      layers.emplace(row.name == "linear" ? "none" : row.name, row.layer.type);
  for (const auto& [name, layer] : layers) names.push_back(name);
  const std::string act = layers.at(o.word("act", "relu", names));
  const bool bn = o.count("bn", 0, 0, 1) == 1;
  std::string text = "Sequential(Flatten()";
  std::size_t in = 784;
  for (std::size_t i = 1; i < depth; ++i, in = width) {
    text += fmt::format(", Linear({}, {}), ", in, width);
    if (bn) text += fmt::format("BatchNorm1d({}), ", width);
    text += act + "()";
  }
  return parse_model(text + fmt::format(", Linear({}, 10))", in), g);
}

// A net whose forward pass `pass` calls these named layers.
class Net : public Module {
 public:
  using Layers = std::vector<std::pair<std::string, Layer>>;
  using Pass = std::function<Tensor(const Tensor&)>;
  Net(std::string type, const Layers& layers, Pass pass)
      : type_(std::move(type)), pass_(std::move(pass)) {
    for (const auto& [name, layer] : layers) add_child(name, layer);
  }
  Tensor forward(const Tensor& x) override { return pass_(x); }
  std::string type() const override { return type_; }

 private:
  std::string type_;
  Pass pass_;
};

std::size_t hidden_of(const NamedOptions& o) { return o.count("hidden", 128, 1, 65536); }

// A recurrent net over the rows of an image, and a Linear on its last output.
Layer make_row_net(const std::string& name, const Layer& rnn, std::size_t hidden, Generator& g) {
  const auto fc = std::make_shared<Linear>(hidden, 10, true, g);
  const auto pass = [rnn, fc](const Tensor& x) {  // [N, 1, 28, 28]
    const Tensor rows = reshape(x, {static_cast<std::int64_t>(x.shape()[0]), -1, 28});
    return (*fc)(select((*rnn)(rows), 1, -1));
  };
  return std::make_shared<Net>("Row" + rnn->type(), Net::Layers{{name, rnn}, {"fc", fc}}, pass);
}

Layer make_lstm(const NamedOptions& o, Generator& g) {
  const RecurrentOptions options{o.count("layers", 1, 1, 1000), true, true};
  const std::size_t hidden = hidden_of(o);
  return make_row_net("lstm", std::make_shared<LSTM>(28, hidden, options, g), hidden, g);
}

Layer make_rnn(const NamedOptions& o, Generator& g) {
  const bool relu = o.word("act", "relu", {"relu", "tanh"}) == "relu";
  const std::size_t hidden = hidden_of(o);
  const RecurrentOptions options{1, true, true};
  return make_row_net("rnn", std::make_shared<RNN>(28, hidden, options, relu, g), hidden, g);
}

// An LSTM over tokens. Each of its last outputs predicts a class.
Layer make_token_lstm(const NamedOptions& o, Generator& g) {
  const std::size_t embedding = o.count("embedding", 16, 1, 65536), hidden = hidden_of(o);
  const auto steps = static_cast<std::int64_t>(o.count("steps", 10, 1, 65536));
  const auto table = std::make_shared<Embedding>(10, embedding, std::nullopt, g);
  const RecurrentOptions options{1, true, true};
  const auto lstm = std::make_shared<LSTM>(embedding, hidden, options, g);
  const auto fc = std::make_shared<Linear>(hidden, 10, true, g);
  const auto pass = [=](const Tensor& x) {  // [N, 1, 1, L] -> [N * steps, 10]
    const auto n = static_cast<std::int64_t>(x.shape()[0]);
    const Tensor outputs = (*lstm)((*table)(reshape(x, {n, -1})));
    const auto length = static_cast<std::int64_t>(outputs.shape()[1]);
    if (length < steps) throw Error("token_lstm: steps={} of {} tokens", steps, length);
    return reshape((*fc)(slice(outputs, 1, -steps, length)), {n * steps, 10});
  };
  return std::make_shared<Net>("TokenLSTM",
                               Net::Layers{{"table", table}, {"lstm", lstm}, {"fc", fc}}, pass);
}

// The row of a built-in model, or null. The text may have options.
const ModelRow* find_row(const std::string& text) {
  const auto row =
      std::ranges::find(model_table(), text.substr(0, text.find(':')), &ModelRow::name);
  return row == model_table().end() ? nullptr : &*row;
}

// The file of a model that ships, or an empty path.
std::string shipped_model(const std::string& name) {
  const bool plain = !name.empty() && name.find_first_of("/.") == std::string::npos;
  return plain ? find_shipped("models/" + name + ".txt").string() : "";
}

constexpr std::size_t most_text = std::size_t{1} << 24;

}  // namespace

const std::vector<ModelRow>& model_table() {
  static const std::vector<ModelRow> table{
      {"lenet5", "two convolutions with max pooling, three linear layers, ReLU", {}, make_lenet5},
      {"mlp",
       "Linear layers: depth=3 (how many), width=128, act=relu|tanh|sigmoid|..., bn=0|1",
       {"depth", "width", "act", "bn"},
       make_mlp},
      {"lstm",
       "an LSTM over an image's rows and a Linear on its last output: hidden=128, layers=1",
       {"hidden", "layers"},
       make_lstm},
      {"rnn",
       "a plain RNN over an image's rows and a Linear on its last output: hidden=128, "
       "act=relu|tanh",
       {"hidden", "act"},
       make_rnn},
      {"token_lstm",
       "an Embedding, an LSTM and a Linear on each of its last `steps` outputs: embedding=16, "
       "hidden=128, steps=10",
       {"embedding", "hidden", "steps"},
       make_token_lstm},
  };
  return table;
}

std::shared_ptr<Module> make_model(const std::string& text, Generator& generator) {
  if (const ModelRow* row = find_row(text)) {
    const NamedOptions options(text);
    options.allow(row->options);
    const ArrayLimit limit(most_numbers);
    try {
      return row->make(options, generator);
    } catch (const UsageError&) {
      throw;
    } catch (const Error& error) {
      throw UsageError("model \"{}\": {}", text, error.what());
    }
  }
  const std::string shipped = shipped_model(text), path = shipped.empty() ? text : shipped;
  if (!is_there(path)) {
    std::vector<std::string> names = names_of(model_table());
    std::ranges::copy(shipped_models(), std::back_inserter(names));
    throw UsageError("no model \"{}\": expected one of {}, or a file", text, join(names, ", "));
  }
  try {
    return parse_model(read_file(path, most_text), generator);
  } catch (const Error& error) {
    throw Error("{}: {}", path, error.what());
  }
}

std::vector<std::string> shipped_models() {
  std::vector<std::string> names;
  const auto folder = find_shipped("models");
  if (folder.empty()) return names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

std::string model_file_text(const std::string& text) {
  return find_row(text) || !shipped_model(text).empty() ? "" : read_file(text, most_text);
}

std::string model_file_sha256(const std::string& text) {
  const std::string file = model_file_text(text);
  return file.empty() ? "" : sha256(file);
}

void check_model(const std::string& text) {
  Generator generator;
  make_model(text, generator);
}

std::shared_ptr<Module> make_initialised(const TrainOptions& options, const Dataset* train) {
  constexpr std::size_t images = 512;
  manual_seed(options.seed);
  auto model = make_model(options.model, default_generator());
  const auto first = [&] {
    const Batch batch =
        train ? first_images(*train, images) : first_images(load_data(options).train, images);
    return batch.images;
  };
  apply_scheme(*model, options.init, default_generator(),
               {.images = first, .per_parameter = options.init_rng == "per-parameter"});
  return model;
}

void flip_last_bit(Module& model, std::size_t which) {
  std::vector<Real*> weights;
  for (const Tensor& parameter : model.parameters())
    for (Real& weight : Tensor(parameter).value())
      if (weight != 0) weights.push_back(&weight);
  if (weights.empty()) return;
  Real& weight = *weights[Generator(which).random64() % weights.size()];
  weight = std::nextafter(weight, 2 * weight);
}

Array check_output(Module& model, const Batch& batch, std::size_t classes) {
  if (model.parameters().empty()) throw Error("the model has no parameter to train");
  const NoGrad no_grad;
  const ArrayLimit limit(most_numbers);
  model.eval();
  const Array outputs = model(Tensor(batch.images)).value();
  model.train();
  const Shape& shape = outputs.shape();
  const std::size_t n = batch.labels.size();
  if (shape.size() != 2 || shape[0] != n || shape[1] < classes)
    throw Error("the model gives {} for images {}; expected logits [{}, {}]", to_string(shape),
                to_string(batch.images.shape()), n, classes);
  return outputs;
}

Batch first_images(const Dataset& dataset, std::size_t count) {
  std::vector<std::int64_t> order(std::min(count, dataset.count));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  return Batcher(dataset)(order.data(), order.size());
}

std::filesystem::path find_shipped(const std::filesystem::path& name) {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  for (auto folder : {program.parent_path(), std::filesystem::current_path(error)}) {
    for (;; folder = folder.parent_path()) {
      for (const char* place : {"experiments", "share/fanin/experiments"}) {
        auto path = folder / place / name;
        if (is_there(path)) return path;
      }
      if (folder == folder.parent_path()) break;
    }
  }
  return {};
}

}  // namespace fanin
