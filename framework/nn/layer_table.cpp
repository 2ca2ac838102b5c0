#include "framework/nn/layer_table.hpp"

#include <fmt/format.h>

#include "framework/core/error.hpp"
#include "framework/nn/activation.hpp"
#include "framework/nn/batchnorm.hpp"
#include "framework/nn/conv.hpp"
#include "framework/nn/embedding.hpp"
#include "framework/nn/flatten.hpp"
#include "framework/nn/linear.hpp"
#include "framework/nn/pooling.hpp"
#include "framework/nn/rnn.hpp"

namespace fanin::inline FANIN_PRECISION {

void Arguments::fail(const std::string& name, const char* expected) const {
  throw Error(fmt::format("{}: {} must be {}", layer_, name, expected));
}

std::int64_t Arguments::integer(const std::string& name) const {
  const auto* value = std::get_if<std::int64_t>(&values_.at(name));
  if (!value) fail(name, "a whole number");
  return *value;
}

std::size_t Arguments::count(const std::string& name) const {
  // Past this a layer could not be held in memory, and products of extents could overflow.
  constexpr std::int64_t most = std::int64_t{1} << 31;
  const std::int64_t value = integer(name);
  if (value < 0 || value > most) fail(name, "a whole number from 0 to 2^31");
  return static_cast<std::size_t>(value);
}

std::optional<std::int64_t> Arguments::maybe_integer(const std::string& name) const {
  if (std::holds_alternative<std::monostate>(values_.at(name))) return {};
  return integer(name);
}

std::array<std::size_t, 2> Arguments::pair(const std::string& name) const {
  const auto* values = std::get_if<std::vector<std::int64_t>>(&values_.at(name));
  if (!values) return {count(name), count(name)};
  if (values->size() != 2 || (*values)[0] < 0 || (*values)[1] < 0)
    fail(name, "a whole number or two");
  return {static_cast<std::size_t>((*values)[0]), static_cast<std::size_t>((*values)[1])};
}

double Arguments::number(const std::string& name) const {
  const Value& value = values_.at(name);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return static_cast<double>(integer(name));
}

bool Arguments::flag(const std::string& name) const {
  const auto* value = std::get_if<bool>(&values_.at(name));
  if (!value) fail(name, "True or False");
  return *value;
}

namespace {

Value whole(std::int64_t value) { return value; }
Value tuple(std::int64_t value) { return std::vector<std::int64_t>{value, value}; }

std::vector<Field> batch_norm_fields() {
  return {{"num_features", Shown::positional, {}},
          {"eps", Shown::always, 1e-5},
          {"momentum", Shown::always, 0.1},
          {"affine", Shown::always, true},
          {"track_running_stats", Shown::always, true}};
}

template <class Layer>
std::shared_ptr<Module> make_batch_norm(const Arguments& a, Generator&) {
  return std::make_shared<Layer>(a.count("num_features"),
                                 BatchNormOptions{a.number("eps"), a.number("momentum"),
                                                  a.flag("affine"), a.flag("track_running_stats")});
}

}  // namespace

const std::vector<LayerRow>& layer_table() {
  static const std::vector<LayerRow> table{
      {"Linear",
       {{"in_features", Shown::always, {}},
        {"out_features", Shown::always, {}},
        {"bias", Shown::always, true}},
       [](const Arguments& a, Generator& g) {
         return std::make_shared<Linear>(a.count("in_features"), a.count("out_features"),
                                         a.flag("bias"), g);
       }},
      {"Conv2d",
       {{"in_channels", Shown::positional, {}},
        {"out_channels", Shown::positional, {}},
        {"kernel_size", Shown::always, {}},
        {"stride", Shown::always, tuple(1)},
        {"padding", Shown::if_changed, tuple(0)},
        {"dilation", Shown::if_changed, tuple(1)},
        {"groups", Shown::if_changed, whole(1)},
        {"bias", Shown::if_changed, true}},
       [](const Arguments& a, Generator& g) {
         return std::make_shared<Conv2d>(
             a.count("in_channels"), a.count("out_channels"), a.pair("kernel_size"),
             Conv2dOptions{a.pair("stride"), a.pair("padding"), a.pair("dilation"),
                           a.count("groups"), a.flag("bias")},
             g);
       }},
      {"MaxPool2d",
       {{"kernel_size", Shown::always, {}},
        {"stride", Shown::always, whole(0)},
        {"padding", Shown::always, whole(0)},
        {"dilation", Shown::always, whole(1)},
        {"ceil_mode", Shown::always, false}},
       [](const Arguments& a, Generator&) {
         return std::make_shared<MaxPool2d>(
             a.pair("kernel_size"), MaxPool2dOptions{a.pair("stride"), a.pair("padding"),
                                                     a.pair("dilation"), a.flag("ceil_mode")});
       }},
      {"LSTM",
       {{"input_size", Shown::positional, {}},
        {"hidden_size", Shown::positional, {}},
        {"num_layers", Shown::if_changed, whole(1)},
        {"bias", Shown::if_changed, true},
        {"batch_first", Shown::if_changed, false},
        {"bidirectional", Shown::if_changed, false}},
       [](const Arguments& a, Generator& g) {
         return std::make_shared<LSTM>(a.count("input_size"), a.count("hidden_size"),
                                       LSTMOptions{a.count("num_layers"), a.flag("bias"),
                                                   a.flag("batch_first"), a.flag("bidirectional")},
                                       g);
       }},
      {"BatchNorm1d", batch_norm_fields(), make_batch_norm<BatchNorm1d>},
      {"BatchNorm2d", batch_norm_fields(), make_batch_norm<BatchNorm2d>},
      {"Embedding",
       {{"num_embeddings", Shown::positional, {}},
        {"embedding_dim", Shown::positional, {}},
        {"padding_idx", Shown::if_changed, Value()}},
       [](const Arguments& a, Generator& g) {
         return std::make_shared<Embedding>(a.count("num_embeddings"), a.count("embedding_dim"),
                                            a.maybe_integer("padding_idx"), g);
       }},
      {"ReLU",
       {{"inplace", Shown::if_changed, false}},
       [](const Arguments& a, Generator&) { return std::make_shared<ReLU>(a.flag("inplace")); }},
      {"Tanh", {}, [](const Arguments&, Generator&) { return std::make_shared<Tanh>(); }},
      {"Sigmoid", {}, [](const Arguments&, Generator&) { return std::make_shared<Sigmoid>(); }},
      {"Flatten",
       {{"start_dim", Shown::always, whole(1)}, {"end_dim", Shown::always, whole(-1)}},
       [](const Arguments& a, Generator&) {
         return std::make_shared<Flatten>(a.integer("start_dim"), a.integer("end_dim"));
       }},
  };
  return table;
}

const LayerRow* find_layer(const std::string& type) {
  for (const LayerRow& row : layer_table())
    if (row.type == type) return &row;
  return nullptr;
}

std::shared_ptr<Module> make_alike(const Module& layer, Generator& generator) {
  const LayerRow* row = find_layer(layer.type());
  const std::vector<Value> arguments = layer.arguments();
  if (!row || (!arguments.empty() && arguments.size() != row->fields.size()))
    throw Error(fmt::format("{}: no layer of the table, so it cannot be drawn anew", layer.type()));
  std::map<std::string, Value> values;
  for (std::size_t i = 0; i < row->fields.size(); ++i)
    values.emplace(row->fields[i].name,
                   arguments.empty() ? row->fields[i].fallback.value() : arguments[i]);
  return row->make(Arguments(layer.type(), std::move(values)), generator);
}

}  // namespace fanin::inline FANIN_PRECISION
