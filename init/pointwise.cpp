#include "init/pointwise.hpp"

#include <algorithm>

#include "framework/core/error.hpp"
#include "framework/core/join.hpp"
#include "init/named_options.hpp"

namespace fanin::init {

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const ActivationRow& row : activation_table())
    if (!row.name.empty()) names.push_back(row.name);
  return names;
}

PointwiseActivation activation(const std::string& text) {
  const NamedOptions options(text);
  const std::string name = options.name() == "none" ? "linear" : options.name();  // models say none
  const auto row = std::ranges::find_if(activation_table(), [&name](const ActivationRow& known) {
    return !known.name.empty() && (known.name == name || known.layer.type == name);
  });
  if (row == activation_table().end())
    throw UsageError("unknown activation \"{}\"; expected one of {}", options.name(),
                     join(activation_names(), ", "));
  const std::vector<Field>& fields = row->layer.fields;
  const bool takes_one = !fields.empty() && is_number(*fields.front().fallback);
  options.allow(takes_one ? std::vector{fields.front().name} : std::vector<std::string>());
  std::vector<Value> arguments;
  for (const Field& field : fields) arguments.push_back(*field.fallback);
  if (takes_one)
    arguments.front() = options.number(fields.front().name, number_of(arguments.front()));
  return row->curve(arguments);
}

std::optional<PointwiseActivation> activation_of(const Module& layer) {
  const ActivationRow* row = find_activation(layer.type());
  if (!row || !row->curve) return {};
  std::vector<Value> arguments = layer.arguments();
  if (layer.type() == "PReLU") {  // a leaky ReLU while all its slopes are the same
    const Array slopes = layer.named_parameters(false).at(0).second.value();
    const double slope = slopes.data()[0];
    if (!std::all_of(slopes.begin(), slopes.end(), [=](Real s) { return s == slope; })) return {};
    arguments.at(1) = slope;
  }
  return row->curve(arguments);
}

}  // namespace fanin::init
