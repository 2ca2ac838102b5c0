#include "framework/nn/layer_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "framework/core/text.hpp"
#include "framework/nn/activation_table.hpp"
#include "framework/nn/conv.hpp"
#include "framework/nn/layers.hpp"
#include "framework/nn/rnn.hpp"

namespace fanin::FANIN_PRECISION {

// A larger layer would not fit into memory, and products of its extents could overflow.
constexpr std::int64_t most = std::int64_t{1} << 31;

void Arguments::fail(std::size_t field, const std::string& expected) const {
  throw ArgumentError(
      fmt::format("{}: {} must be {}", row_.type, row_.fields[field].name, expected), field);
}

template <class T>
const T& Arguments::value_as(std::size_t field, const char* expected) const {
  const T* value = std::get_if<T>(&values_[field]);
  if (!value) fail(field, expected);
  return *value;
}

void Arguments::read(std::size_t field, bool& to) const {
  to = value_as<bool>(field, "True or False");
}

void Arguments::read(std::size_t field, std::int64_t& to) const {
  to = value_as<std::int64_t>(field, "a whole number");
}

void Arguments::read(std::size_t field, std::size_t& to) const {
  const auto value = get<std::int64_t>(field);
  if (value < 0 || value > most) fail(field, "a whole number from 0 to 2^31");
  to = static_cast<std::size_t>(value);
}

void Arguments::read(std::size_t field, Number& to) const {
  to.whole = std::holds_alternative<std::int64_t>(values_[field]);
  to.value = to.whole ? static_cast<double>(get<std::int64_t>(field))
                      : value_as<double>(field, "a number");
}

void Arguments::read(std::size_t field, double& to) const { to = get<Number>(field).value; }

void Arguments::read(std::size_t field, std::string& to) const {
  const std::vector<std::string>& words = row_.fields[field].words;
  const auto* text = std::get_if<std::string>(&values_[field]);
  if (!text || std::ranges::find(words, *text) == words.end())
    fail(field, fmt::format("one of '{}'", join(words, "', '")));
  to = *text;
}

Extents Arguments::extents(std::size_t field, bool may_be_none) const {
  if (std::holds_alternative<std::int64_t>(values_[field])) return get<std::size_t>(field);
  const auto* tuple = std::get_if<Tuple>(&values_[field]);
  const auto wrong = [=](std::optional<std::int64_t> v) {
    return v ? *v < 0 || *v > most : !may_be_none;
  };
  if (!tuple || tuple->empty() || tuple->size() > Shape::max_rank ||
      std::ranges::any_of(*tuple, wrong))
    fail(field, "a whole number from 0 to 2^31, or one for each axis");
  Shape each;
  for (const auto v : *tuple) each.push_back(v ? static_cast<std::size_t>(*v) : as_input);
  return Extents(each);
}

void Arguments::read(std::size_t field, Extents& to) const { to = extents(field, false); }

void Arguments::read(std::size_t field, OutputSize& to) const {
  static_cast<Extents&>(to) = extents(field, true);
}

void Arguments::read(std::size_t field, std::optional<Extents>& to) const {
  if (std::holds_alternative<std::monostate>(values_[field])) return;
  to = extents(field, false);
  if (std::ranges::find(*to, std::size_t{0}) != to->end())
    throw ArgumentError(
        fmt::format("{}: {} should not be zero", row_.type, row_.fields[field].name), field);
}

void Arguments::read(std::size_t field, Padding& to) const {
  to = std::holds_alternative<std::string>(values_[field]) ? Padding(get<std::string>(field))
                                                           : Padding(extents(field, false));
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

using Counts = Types<std::size_t, std::size_t>;

template <std::size_t axes>
LayerRow conv(const char* type) {
  return layer_row<ConvOver<axes>, ConvOptions>(
      type,
      {{"in_channels", positional, required},
       {"out_channels", positional, required},
       {"kernel_size", always, required},
       {"stride", always, tuple(axes, 1)},
       {"padding", if_changed, tuple(axes, 0), {"same", "valid"}},
       {"dilation", if_changed, tuple(axes, 1)},
       {"groups", if_changed, whole(1)},
       {"bias", if_changed, true},
       {"padding_mode", if_changed, text("zeros"), padding_modes()}},
      Types<std::size_t, std::size_t, Extents>(), LayerKind::affine,
      Types<Extents, Padding, Extents, std::size_t, bool, std::string>());
}

template <class Layer>
LayerRow max_pool(const char* type) {
  LayerRow row = layer_row<Layer, MaxPoolOptions>(
      type,
      {{"kernel_size", always, required},
       {"stride", always, Value()},
       {"padding", always, whole(0)},
       {"dilation", always, whole(1)},
       {"ceil_mode", always, false}},
      Types<Extents>(), LayerKind::other, Types<std::optional<Extents>, Extents, Extents, bool>());
  row.positions = {"kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode"};
  row.fixed = {{"return_indices", false}};
  return row;
}

template <class Layer>
LayerRow avg_pool(const char* type, std::vector<std::string> positions) {
  LayerRow row =
      layer_row<Layer, AvgPoolOptions>(type,
                                       {{"kernel_size", always, required},
                                        {"stride", always, Value()},
                                        {"padding", always, whole(0)},
                                        {"ceil_mode", never, false},
                                        {"count_include_pad", never, true},
                                        {"divisor_override", never, Value()}},
                                       Types<Extents, std::optional<Extents>>(), LayerKind::other,
                                       Types<Extents, bool, bool, std::optional<std::size_t>>());
  row.positions = std::move(positions);
  return row;
}

using OfRecurrent = Types<std::size_t, bool, bool, double, bool>;

template <class Layer>
LayerRow recurrent(const char* type, std::size_t gates) {
  LayerRow row = layer_row<Layer, RecurrentOptions>(type,
                                                    {{"input_size", positional, required},
                                                     {"hidden_size", positional, required},
                                                     {"num_layers", if_changed, whole(1)},
                                                     {"bias", if_changed, true},
                                                     {"batch_first", if_changed, false},
                                                     {"dropout", if_changed, 0.0},
                                                     {"bidirectional", if_changed, false}},
                                                    Counts(), LayerKind::recurrent, OfRecurrent());
  row.gates = gates;
  if (gates != 4) return row;
  row.positions = {"input_size",  "hidden_size", "num_layers",    "bias",
                   "batch_first", "dropout",     "bidirectional", "proj_size"};
  row.fixed = {{"proj_size", whole(0)}};
  return row;
}

// An RNN's nonlinearity comes after the other options.
LayerRow rnn() {
  LayerRow row = recurrent<RNN>("RNN", 1);
  row.make = [](const Arguments& a, Generator& g) {
    const RecurrentOptions options{a.get<std::size_t>(2), a.get<bool>(3), a.get<bool>(4),
                                   a.get<double>(5), a.get<bool>(6)};
    return std::make_shared<RNN>(a.get<std::size_t>(0), a.get<std::size_t>(1), options,
                                 a.get<std::string>(7) == "relu", g);
  };
  row.fields.push_back({"nonlinearity", never, text("tanh"), {"tanh", "relu"}});
  row.positions = {"input_size", "hidden_size", "num_layers", "nonlinearity",
                   "bias",       "batch_first", "dropout",    "bidirectional"};
  return row;
}

template <class Layer>
LayerRow batch_norm(const char* type) {
  LayerRow row =
      layer_row<Layer, BatchNormOptions>(type,
                                         {{"num_features", positional, required},
                                          {"eps", always, 1e-5},
                                          {"momentum", always, 0.1},
                                          {"affine", always, true},
                                          {"bias", always, true},
                                          {"track_running_stats", always, true}},
                                         Types<std::size_t>(), LayerKind::norm,
                                         Types<Number, std::optional<Number>, bool, bool, bool>());
  row.positions = {"num_features", "eps", "momentum", "affine", "track_running_stats"};
  return row;
}

LayerRow embedding() {
  LayerRow row = layer_row<Embedding>(
      "Embedding",
      {{"num_embeddings", positional, required},
       {"embedding_dim", positional, required},
       {"padding_idx", if_changed, Value()}},
      Types<std::size_t, std::size_t, std::optional<std::int64_t>>(), LayerKind::embedding);
  row.positions = {"num_embeddings", "embedding_dim",      "padding_idx", "max_norm",
                   "norm_type",      "scale_grad_by_freq", "sparse"};
  row.fixed = {
      {"max_norm", Value()}, {"norm_type", 2.0}, {"scale_grad_by_freq", false}, {"sparse", false}};
  return row;
}

std::vector<LayerRow> with_activations(std::vector<LayerRow> table) {
  for (const ActivationRow& row : activation_table())
    if (row.layer.make) table.push_back(row.layer);
  return table;
}

}  // namespace

const std::vector<LayerRow>& layer_table() {
  static const std::vector<LayerRow> table = with_activations({
      layer_row<Linear>("Linear",
                        {{"in_features", always, required},
                         {"out_features", always, required},
                         {"bias", always, true}},
                        Types<std::size_t, std::size_t, bool>(), LayerKind::affine),
      conv<1>("Conv1d"),
      conv<2>("Conv2d"),
      conv<3>("Conv3d"),
      rnn(),
      recurrent<LSTM>("LSTM", 4),
      recurrent<GRU>("GRU", 3),
      embedding(),
      batch_norm<BatchNorm1d>("BatchNorm1d"),
      batch_norm<BatchNorm2d>("BatchNorm2d"),
      batch_norm<BatchNorm3d>("BatchNorm3d"),
      layer_row<LayerNorm, LayerNormOptions>("LayerNorm",
                                             {{"normalized_shape", positional, required},
                                              {"eps", always, 1e-5},
                                              {"elementwise_affine", always, true},
                                              {"bias", always, true}},
                                             Types<Extents>(), LayerKind::norm,
                                             Types<Number, bool, bool>()),
      max_pool<MaxPool1d>("MaxPool1d"),
      max_pool<MaxPool2d>("MaxPool2d"),
      avg_pool<AvgPool1d>("AvgPool1d",
                          {"kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"}),
      avg_pool<AvgPool2d>("AvgPool2d", {}),
      layer_row<AdaptiveAvgPool2d>("AdaptiveAvgPool2d", {{"output_size", always, required}},
                                   Types<OutputSize>()),
      layer_row<ZeroPad2d>("ZeroPad2d", {{"padding", positional, required}}, Types<Extents>()),
      layer_row<Dropout>("Dropout", {{"p", always, 0.5}, {"inplace", always, false}},
                         Types<Number, bool>()),
      layer_row<Flatten>("Flatten",
                         {{"start_dim", always, whole(1)}, {"end_dim", always, whole(-1)}},
                         Types<std::int64_t, std::int64_t>()),
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
  if (!row || layer.arguments().size() != row->fields.size())
    throw Error("{}: not in the table of layers, so its default cannot be drawn again",
                layer.type());
  return row->make(Arguments(*row, layer.arguments()), generator);
}

}  // namespace fanin::FANIN_PRECISION
