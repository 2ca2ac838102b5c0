#include "experiments/record/events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "framework/core/sha256.hpp"

namespace fanin {
namespace {

using Json = nlohmann::ordered_json;  // keeps the order of the keys
using Event = nlohmann::json;         // reads objects of many keys in less than quadratic time

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// The names of the events, in the order of LogEvent.
constexpr const char* kinds[] = {"start", "group", "step", "epoch", "layers", "not_finite", "end"};

// The values of each event in the order of the log. `io` reads or writes one.

void fields(const auto& io, RunStart& start) {
  io("command", start.command);
  io("total_steps", start.total_steps);
  io("parameters", start.parameters);
  io("data", start.data);
  io("version", start.version);
  io("classes", start.classes);
  io.if_known("model", start.model);
}

void fields(const auto& io, ParameterGroup& group) {
  io("optimizer", group.optimizer);
  io("parameters", group.parameters);
}

void fields(const auto& io, StepLoss& at) {
  io("step", at.step);
  io("epoch", at.epoch);
  io("loss", at.loss);
  io.if_known("lr", at.lr);
  io.if_known("adamw_lr", at.adamw_lr);
}

void fields(const auto& io, Evaluation& evaluation) {
  io("epoch", evaluation.epoch);
  io("step", evaluation.step);
  io("train_loss", evaluation.train_loss);
  io("test_loss", evaluation.test_loss);
  io("test_accuracy", evaluation.test_accuracy);
}

void fields(const auto& io, LayerSignal& layer) {
  io("layer", layer.path);
  io("type", layer.type);
  io("mean", layer.mean);
  io("std", layer.std);
  io("image_std", layer.image_std);
  io("gradient_std", layer.gradient_std);
  io("input_square", layer.input_square);
  io("dead", layer.dead);
  io("saturated", layer.saturated);
  io("weight_norm", layer.weight_norm);
  io("weight_gradient_norm", layer.weight_gradient_norm);
  io("expected_std", layer.expected_std);
  io("update_norm", layer.update_norm);
  io("units", layer.units);
  io("distinct", layer.distinct);
  io.if_known("numbers", layer.numbers);
  io("outputs", layer.outputs);
  io("gradients", layer.gradients);
}

void fields(const auto& io, LayerSignals& look) {
  io("step", look.step);
  io("layers", look.layers);
  io.if_known("depth_scale", look.depth_scale);
}

void fields(const auto& io, NotFinite& place) {
  io("steps", place.steps);
  io("what", place.what);
  io("layer", place.layer);
}

void fields(const auto& io, RunEnd& end) {
  io("status", end.status);
  io("steps", end.steps);
  io("train_seconds", end.train_seconds);
  io("initial_fingerprint", end.initial_fingerprint);
  io("final_fingerprint", end.final_fingerprint);
  io.if_known("sha256", end.sha256);
}

double rounded(double value) {  // plots need no more digits, and logs stay short
  return std::isfinite(value) ? std::stod(fmt::format("{:.6g}", value)) : value;
}

struct Writer {
  Json& event;
  bool of_layer = false;

  void operator()(const char* key, const auto& value) const { event[key] = value; }
  void operator()(const char* key, double value) const {
    event[key] = of_layer ? rounded(value) : value;
  }
  void operator()(const char* key, const std::optional<double>& value) const {
    event[key] = value ? Json(rounded(*value)) : Json();
  }
  void operator()(const char* key, const Histogram& h) const {
    event[key] = {rounded(h.low), rounded(h.high), h.counts};
  }
  void operator()(const char* key, std::vector<LayerSignal>& layers) const {
    event[key] = Json::array();
    for (LayerSignal& layer : layers) fields(Writer{event[key].emplace_back(), true}, layer);
  }
  void if_known(const char* key, const std::string& value) const {
    if (!value.empty()) event[key] = value;
  }
  void if_known(const char* key, std::size_t value) const {
    if (value > 0) event[key] = value;
  }
  void if_known(const char* key, const std::optional<double>& value) const {
    if (value) event[key] = *value;  // null: infinite
  }
};

// Throws Error if a key is missing or its value has another type.
struct Reader {
  const Event& event;

  const Event& at(const char* key) const {
    const auto found = event.find(key);
    if (found == event.end()) throw Error("\"{}\" is missing", key);
    return *found;
  }
  void operator()(const char* key, auto& value) const {
    constexpr bool is_text = std::is_same_v<decltype(value), std::string&>;
    const Event& found = at(key);
    if (is_text ? !found.is_string() : !found.is_number_unsigned())
      throw Error("\"{}\" is not a {}", key, is_text ? "string" : "whole number");
    found.get_to(value);
  }
  void operator()(const char* key, double& value) const {
    const Event& found = at(key);
    if (!found.is_number() && !found.is_null()) throw Error("\"{}\" is not a number", key);
    value = found.is_null() ? not_a_number : found.get<double>();
  }
  void operator()(const char* key, std::optional<double>& value) const {
    double number = 0;
    (*this)(key, number);
    if (!std::isnan(number)) value = number;
  }
  void operator()(const char* key, Histogram& h) const {
    if (!event.contains(key)) return;  // a line without histograms
    const Event& parts = event[key];
    bool fits = parts.is_array() && parts.size() == 3 && parts[2].is_array();
    if (fits)
      for (const Event& bin : *parts[2].get_ptr<const Event::array_t*>()) {
        fits = fits && bin.is_number_unsigned();
        if (fits) h.counts.push_back(bin.get<std::size_t>());
      }
    if (!fits) throw Error("\"{}\" is not a histogram", key);
    h.low = parts[0].is_number() ? parts[0].get<double>() : not_a_number;
    h.high = parts[1].is_number() ? parts[1].get<double>() : not_a_number;
  }
  void operator()(const char* key, std::vector<LayerSignal>& layers) const {
    for (const Event& part : at(key)) {
      LayerSignal& layer = layers.emplace_back();
      fields(Reader{part}, layer);
      layer.weighted = layer.weight_norm > 0 || layer.units > 0;
    }
  }
  void if_known(const char* key, auto& value) const {
    if (event.contains(key)) (*this)(key, value);
  }
  void if_known(const char* key, std::optional<double>& value) const {
    if (!event.contains(key)) return;
    (*this)(key, value);
    if (!value) value = std::numeric_limits<double>::infinity();
  }
};

template <class T>
T read(const Event& event) {
  T value{};
  fields(Reader{event}, value);
  return value;
}

RunEnd read_end(const Event& event) {
  const RunEnd end = read<RunEnd>(event);
  if (end.status != "completed" && end.status != "diverged" && end.status != "failed")
    throw Error("unknown status \"{}\"", end.status);
  if (end.sha256.empty())
    throw OldLog("has no SHA-256 at its end: an old version wrote it; remove it to run it again");
  return end;
}

}  // namespace

nlohmann::json parse_json(std::string_view text) {
  static constexpr int deepest = 100;
  const auto watch = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    if (depth > deepest) throw Error("JSON nested more than {} deep", deepest);
    return true;
  };
  try {
    return nlohmann::json::parse(text, watch);
  } catch (const nlohmann::json::exception& error) {
    throw Error("no JSON: {}", error.what());
  }
}

std::string dump_json(const nlohmann::json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string line_of(const LogEvent& event) {
  Json line = {{"event", kinds[event.index()]}};
  std::visit([&line](auto held) { fields(Writer{line}, held); }, event);
  // Bytes that are not UTF-8 must not end a run.
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string seal_of(std::string_view lines, std::string_view end_line) {
  Event end = parse_json(end_line);  // parse_json() limits its depth
  end.erase("sha256"), end.erase("train_seconds");
  return sha256(lines, dump_json(end));
}

std::string without_histograms(std::string_view line) {
  std::string rest;
  // This is a key: in a string the quotes would have backslashes.
  for (std::size_t begin; (begin = line.find(R"(,"outputs":[)")) != std::string_view::npos;) {
    std::size_t end = line.find("]]", begin);
    if (end == std::string_view::npos) break;
    if (line.substr(end + 2).starts_with(R"(,"gradients":[)")) end = line.find("]]", end + 2);
    if (end == std::string_view::npos) break;
    rest += line.substr(0, begin);
    line.remove_prefix(end + 2);
  }
  return rest.append(line);
}

void RunRecord::add(std::string_view line) {
  const Event event = Event::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!event.is_object()) throw Error("not a JSON object");
  if (end) throw Error("nothing may follow the end event");
  std::string kind;
  Reader{event}("event", kind);
  if (kind == "start") {
    start = read<RunStart>(event);
  } else if (kind == "step") {
    steps.push_back(read<StepLoss>(event));
  } else if (kind == "epoch") {
    evaluations.push_back(read<Evaluation>(event));
  } else if (kind == "layers") {
    layers.push_back(read<LayerSignals>(event));
    gradient_blocked = std::ranges::any_of(layers.back().layers, gradient_is_lost);
  } else if (kind == "not_finite") {
    not_finite = read<NotFinite>(event);
  } else if (kind == "end") {
    end = read_end(event);
  }  // skips events of newer versions
}

}  // namespace fanin
