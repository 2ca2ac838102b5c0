#include "framework/nn/layer_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "framework/core/error.hpp"
#include "framework/core/join.hpp"
#include "framework/nn/activation_table.hpp"
#include "framework/nn/conv.hpp"
#include "framework/nn/linear.hpp"
#include "framework/nn/norm.hpp"
#include "framework/nn/pooling.hpp"
#include "framework/nn/rnn.hpp"
#include "framework/nn/stateless.hpp"

namespace fanin::FANIN_PRECISION {

// Past this a layer could not be held in memory, and products of extents could overflow.
constexpr std::int64_t most = std::int64_t{1} << 31;

void Arguments::fail(const std::string& name, const std::string& expected) const {
  throw ArgumentError(fmt::format("{}: {} must be {}", layer_, name, expected), name);
}

std::int64_t Arguments::integer(const std::string& name) const {
  const auto* value = std::get_if<std::int64_t>(&values_.at(name));
  if (!value) fail(name, "a whole number");
  return *value;
}

std::size_t Arguments::count(const std::string& name) const {
  const std::int64_t value = integer(name);
  if (value < 0 || value > most) fail(name, "a whole number from 0 to 2^31");
  return static_cast<std::size_t>(value);
}

std::optional<std::int64_t> Arguments::maybe_integer(const std::string& name) const {
  if (std::holds_alternative<std::monostate>(values_.at(name))) return {};
  return integer(name);
}

Extents Arguments::extents(const std::string& name, bool may_be_none) const {
  const auto* tuple = std::get_if<Tuple>(&values_.at(name));
  if (!tuple && std::holds_alternative<std::int64_t>(values_.at(name))) return count(name);
  const auto wrong = [=](std::optional<std::int64_t> v) {
    return v ? *v < 0 || *v > most : !may_be_none;
  };
  if (!tuple || tuple->empty() || tuple->size() > Shape::max_rank ||
      std::ranges::any_of(*tuple, wrong))
    fail(name, "a whole number from 0 to 2^31, or one for each axis");
  Shape each;
  for (const auto v : *tuple) each.push_back(v ? static_cast<std::size_t>(*v) : as_input);
  return Extents(each);
}

Extents Arguments::extents(const std::string& name) const { return extents(name, false); }

Extents Arguments::adaptive_size(const std::string& name) const { return extents(name, true); }

Extents Arguments::pool_stride(const std::string& name) const {
  if (std::holds_alternative<std::monostate>(values_.at(name))) return 0;
  const Extents stride = extents(name);
  if (std::ranges::find(stride, std::size_t{0}) != stride.end())
    throw ArgumentError(fmt::format("{}: {} should not be zero", layer_, name), name);
  return stride;
}

Padding Arguments::padding(const std::string& name) const {
  if (!std::holds_alternative<std::string>(values_.at(name))) return extents(name);
  return Padding(word(name, {"same", "valid"}));
}

Number Arguments::number(const std::string& name) const {
  const Value& value = values_.at(name);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  const auto* integer = std::get_if<std::int64_t>(&value);
  if (!integer) fail(name, "a number");
  Number number = static_cast<double>(*integer);
  number.whole = true;
  return number;
}

std::optional<Number> Arguments::maybe_number(const std::string& name) const {
  if (std::holds_alternative<std::monostate>(values_.at(name))) return {};
  return number(name);
}

std::string Arguments::word(const std::string& name, const std::vector<std::string>& known) const {
  const auto* text = std::get_if<std::string>(&values_.at(name));
  if (!text || std::ranges::find(known, *text) == known.end())
    fail(name, fmt::format("one of '{}'", join(known, "', '")));
  return *text;
}

bool Arguments::flag(const std::string& name) const {
  const auto* value = std::get_if<bool>(&values_.at(name));
  if (!value) fail(name, "True or False");
  return *value;
}

namespace {

Value whole(std::int64_t value) { return value; }
Value text(const char* value) { return std::string(value); }
Value tuple(std::size_t axes, std::int64_t value) { return Tuple(axes, value); }

const auto positional = Shown::positional;
const auto always = Shown::always;
const auto if_changed = Shown::if_changed;
const auto never = Shown::never;
const std::optional<Value> required;

template <class Layer>
LayerRow conv(const char* type, std::size_t axes) {
  return {
      type,
      {{"in_channels", positional, required},
       {"out_channels", positional, required},
       {"kernel_size", always, required},
       {"stride", always, tuple(axes, 1)},
       {"padding", if_changed, tuple(axes, 0)},
       {"dilation", if_changed, tuple(axes, 1)},
       {"groups", if_changed, whole(1)},
       {"bias", if_changed, true},
       {"padding_mode", if_changed, text("zeros")}},
      [](const Arguments& a, Generator& g) {
        return std::make_shared<Layer>(
            a.count("in_channels"), a.count("out_channels"), a.extents("kernel_size"),
            ConvOptions{a.extents("stride"), a.padding("padding"), a.extents("dilation"),
                        a.count("groups"), a.flag("bias"), a.word("padding_mode", padding_modes())},
            g);
      },
      LayerKind::affine};
}

template <class Layer>
LayerRow max_pool(const char* type) {
  return {type,
          {{"kernel_size", always, required},
           {"stride", always, Value()},
           {"padding", always, whole(0)},
           {"dilation", always, whole(1)},
           {"ceil_mode", always, false}},
          [](const Arguments& a, Generator&) {
            return std::make_shared<Layer>(
                a.extents("kernel_size"),
                MaxPoolOptions{a.pool_stride("stride"), a.extents("padding"), a.extents("dilation"),
                               a.flag("ceil_mode")});
          }};
}

template <class Layer>
LayerRow avg_pool(const char* type) {
  return {type,
          {{"kernel_size", always, required},
           {"stride", always, Value()},
           {"padding", always, whole(0)},
           {"ceil_mode", never, false},
           {"count_include_pad", never, true},
           {"divisor_override", never, Value()}},
          [](const Arguments& a, Generator&) {
            AvgPoolOptions options{
                a.extents("padding"), a.flag("ceil_mode"), a.flag("count_include_pad"), {}};
            if (a.maybe_integer("divisor_override"))
              options.divisor_override = a.count("divisor_override");
            return std::make_shared<Layer>(a.extents("kernel_size"), a.pool_stride("stride"),
                                           options);
          }};
}

LayerRow recurrent(const char* type, std::size_t gates, decltype(LayerRow::make) make) {
  return {type,
          {{"input_size", positional, required},
           {"hidden_size", positional, required},
           {"num_layers", if_changed, whole(1)},
           {"bias", if_changed, true},
           {"batch_first", if_changed, false},
           {"dropout", if_changed, 0.0},
           {"bidirectional", if_changed, false}},
          std::move(make),
          LayerKind::recurrent,
          gates};
}

RecurrentOptions recurrent_options(const Arguments& a) {
  return {a.count("num_layers"), a.flag("bias"), a.flag("batch_first"), a.number("dropout").value,
          a.flag("bidirectional")};
}

template <class Layer>
std::shared_ptr<Module> make_recurrent(const Arguments& a, Generator& g) {
  return std::make_shared<Layer>(a.count("input_size"), a.count("hidden_size"),
                                 recurrent_options(a), g);
}

LayerRow rnn() {
  LayerRow row = recurrent("RNN", 1, [](const Arguments& a, Generator& g) {
    return std::make_shared<RNN>(a.count("input_size"), a.count("hidden_size"),
                                 recurrent_options(a),
                                 a.word("nonlinearity", {"tanh", "relu"}) == "relu", g);
  });
  row.fields.push_back({"nonlinearity", never, text("tanh")});
  return row;
}

template <class Layer>
LayerRow batch_norm(const char* type) {
  return {type,
          {{"num_features", positional, required},
           {"eps", always, 1e-5},
           {"momentum", always, 0.1},
           {"affine", always, true},
           {"track_running_stats", always, true}},
          [](const Arguments& a, Generator&) {
            return std::make_shared<Layer>(
                a.count("num_features"),
                BatchNormOptions{a.number("eps"), a.maybe_number("momentum"), a.flag("affine"),
                                 a.flag("track_running_stats")});
          },
          LayerKind::norm};
}

std::vector<LayerRow> with_activations(std::vector<LayerRow> table) {
  for (const ActivationRow& row : activation_table())
    if (row.layer.make) table.push_back(row.layer);
  return table;
}

}  // namespace

const std::vector<LayerRow>& layer_table() {
  static const std::vector<LayerRow> table = with_activations({
      {"Linear",
       {{"in_features", always, required},
        {"out_features", always, required},
        {"bias", always, true}},
       [](const Arguments& a, Generator& g) {
         return std::make_shared<Linear>(a.count("in_features"), a.count("out_features"),
                                         a.flag("bias"), g);
       },
       LayerKind::affine},
      conv<Conv1d>("Conv1d", 1),
      conv<Conv2d>("Conv2d", 2),
      conv<Conv3d>("Conv3d", 3),
      rnn(),
      recurrent("LSTM", 4, make_recurrent<LSTM>),
      recurrent("GRU", 3, make_recurrent<GRU>),
      {"Embedding",
       {{"num_embeddings", positional, required},
        {"embedding_dim", positional, required},
        {"padding_idx", if_changed, Value()}},
       [](const Arguments& a, Generator& g) {
         return std::make_shared<Embedding>(a.count("num_embeddings"), a.count("embedding_dim"),
                                            a.maybe_integer("padding_idx"), g);
       },
       LayerKind::embedding},
      batch_norm<BatchNorm1d>("BatchNorm1d"),
      batch_norm<BatchNorm2d>("BatchNorm2d"),
      batch_norm<BatchNorm3d>("BatchNorm3d"),
      {"LayerNorm",
       {{"normalized_shape", positional, required},
        {"eps", always, 1e-5},
        {"elementwise_affine", always, true},
        {"bias", if_changed, true}},
       [](const Arguments& a, Generator&) {
         return std::make_shared<LayerNorm>(
             a.extents("normalized_shape"),
             LayerNormOptions{a.number("eps"), a.flag("elementwise_affine"), a.flag("bias")});
       },
       LayerKind::norm},
      max_pool<MaxPool1d>("MaxPool1d"),
      max_pool<MaxPool2d>("MaxPool2d"),
      avg_pool<AvgPool1d>("AvgPool1d"),
      avg_pool<AvgPool2d>("AvgPool2d"),
      {"AdaptiveAvgPool2d",
       {{"output_size", always, required}},
       [](const Arguments& a, Generator&) {
         return std::make_shared<AdaptiveAvgPool2d>(a.adaptive_size("output_size"));
       }},
      {"ZeroPad2d",
       {{"padding", positional, required}},
       [](const Arguments& a, Generator&) {
         return std::make_shared<ZeroPad2d>(a.extents("padding"));
       }},
      plain_layer<Dropout, Number, bool>("Dropout",
                                         {{"p", always, 0.5}, {"inplace", always, false}}),
      plain_layer<Flatten, std::int64_t, std::int64_t>(
          "Flatten", {{"start_dim", always, whole(1)}, {"end_dim", always, whole(-1)}}),
  });
  return table;
}

const LayerRow* find_layer(const std::string& type) {
  for (const LayerRow& row : layer_table())
    if (row.type == type) return &row;
  return nullptr;
}

LayerKind kind_of(const Module& layer) {
  const LayerRow* row = find_layer(layer.type());
  return row ? row->kind : LayerKind::other;
}

std::shared_ptr<Module> make_alike(const Module& layer, Generator& generator) {
  const LayerRow* row = find_layer(layer.type());
  const std::vector<Value> arguments = layer.arguments();
  if (!row || arguments.size() != row->fields.size())
    throw Error("{}: no layer of the table, so it cannot be drawn anew", layer.type());
  std::map<std::string, Value> values;
  for (std::size_t i = 0; i < row->fields.size(); ++i)
    values.emplace(row->fields[i].name, arguments[i]);
  return row->make(Arguments(layer.type(), std::move(values)), generator);
}

}  // namespace fanin::FANIN_PRECISION
