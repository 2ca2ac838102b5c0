#include "experiments/record/log_layers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <utility>

#include "experiments/record/json_text.hpp"
#include "framework/core/error.hpp"

namespace fanin {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

using Json = nlohmann::ordered_json;
using Event = nlohmann::json;

double rounded(double value) {  // six digits are enough to plot, and a log has many of these
  return std::isfinite(value) ? std::stod(fmt::format("{:.6g}", value)) : value;
}

Json to_json(const Histogram& h) { return {rounded(h.low), rounded(h.high), h.counts}; }

Histogram read_histogram(const Event& event, const char* key) {
  if (!event.contains(key)) return {};
  const Event& value = event[key];
  if (!value.is_array() || value.size() != 3 || !value[2].is_array())
    throw Error("\"{}\" is no histogram", key);
  Histogram h;
  h.low = value[0].is_number() ? value[0].get<double>() : not_a_number;
  h.high = value[1].is_number() ? value[1].get<double>() : not_a_number;
  for (const Event& bin : value[2]) {
    if (!bin.is_number_unsigned()) throw Error("\"{}\" is no histogram", key);
    h.counts.push_back(bin.get<std::size_t>());
  }
  return h;
}

// What a layer's numbers are called in a log.
constexpr std::pair<const char*, double LayerSignal::*> layer_numbers[] = {
    {"mean", &LayerSignal::mean},
    {"std", &LayerSignal::std},
    {"image_std", &LayerSignal::image_std},
    {"gradient_std", &LayerSignal::gradient_std},
    {"input_square", &LayerSignal::input_square},
    {"dead", &LayerSignal::dead},
    {"saturated", &LayerSignal::saturated},
    {"weight_norm", &LayerSignal::weight_norm},
    {"weight_gradient_norm", &LayerSignal::weight_gradient_norm}};

Json to_json(const LayerSignal& s) {
  Json layer = {{"layer", s.path}, {"type", s.type}};
  for (const auto& [key, value] : layer_numbers) layer[key] = rounded(s.*value);
  const auto known = [](const auto& value) { return value ? Json(rounded(*value)) : Json(); };
  layer["expected_std"] = known(s.expected_std);
  layer["update_norm"] = known(s.update_norm);
  layer["units"] = s.units;
  layer["distinct"] = s.distinct;
  layer["outputs"] = to_json(s.outputs);
  layer["gradients"] = to_json(s.gradients);
  return layer;
}

LayerSignal read_layer(const Event& event) {
  LayerSignal s{};
  s.path = text(event, "layer"), s.type = text(event, "type");
  for (const auto& [key, value] : layer_numbers) s.*value = number(event, key);
  const auto known = [&event](const char* key) {
    const double value = number(event, key);
    return std::isnan(value) ? std::optional<double>() : value;
  };
  s.expected_std = known("expected_std"), s.update_norm = known("update_norm");
  s.units = count(event, "units"), s.distinct = count(event, "distinct");
  s.weighted = s.weight_norm > 0 || s.units > 0;
  s.outputs = read_histogram(event, "outputs");
  s.gradients = read_histogram(event, "gradients");
  return s;
}

}  // namespace

Json to_json(const LayerSignals& signals) {
  Json event = {{"event", "layers"}, {"step", signals.step}, {"layers", Json::array()}};
  for (const LayerSignal& layer : signals.layers) event["layers"].push_back(to_json(layer));
  if (signals.depth_scale) event["depth_scale"] = *signals.depth_scale;  // null: infinite
  return event;
}

LayerSignals read_layers(const Event& event) {
  LayerSignals signals{count(event, "step"), {}, {}};
  if (event.contains("depth_scale")) {
    const double scale = number(event, "depth_scale");
    signals.depth_scale = std::isnan(scale) ? std::numeric_limits<double>::infinity() : scale;
  }
  for (const Event& layer : member(event, "layers")) signals.layers.push_back(read_layer(layer));
  return signals;
}

std::string without_histograms(std::string_view line) {
  std::string rest;
  for (const std::string_view key : {",\"outputs\":[", ",\"gradients\":["}) {
    const std::string from = std::exchange(rest, {});
    const std::string_view text = from.empty() ? line : std::string_view(from);
    std::size_t at = 0;
    // In a string the quotes would have backslashes, so that this is a key.
    for (std::size_t begin; (begin = text.find(key, at)) != std::string::npos;) {
      const std::size_t end = text.find("]]", begin);
      if (end == std::string::npos) break;
      rest += text.substr(at, begin - at);
      at = end + 2;
    }
    rest += text.substr(at);
  }
  return rest;
}

}  // namespace fanin
