#include "framework/weights.hpp"

#include "framework/core/error.hpp"
#include "framework/io/safetensors.hpp"

namespace fanin::FANIN_PRECISION {

void save_weights(const Module& model, const std::filesystem::path& path) {
  write_safetensors(path, model.state_dict(), model.counters());
}

void load_weights(Module& model, const std::filesystem::path& path) {
  constexpr std::int64_t most_counted = std::int64_t{1} << 53;  // it must grow without overflow
  NamedArrays state;
  Counters counters;
  for (const auto& [name, tensor] : read_safetensors(path)) {
    const auto* whole = std::get_if<std::vector<std::int64_t>>(&tensor.data);
    if (whole && whole->size() == 1 && (whole->front() < 0 || whole->front() > most_counted))
      throw Error("{}: \"{}\" is {}; expected a count from 0 to 2^53", path.string(), name,
                  whole->front());
    if (whole && whole->size() == 1)
      counters.emplace_back(name, whole->front());
    else
      state.emplace_back(name, tensor.array());
  }
  try {
    model.load_state_dict(state);
    for (const auto& [name, value] : counters) model.set_counter(name, value);
  } catch (const Error& error) {
    throw Error("{}: {}", path.string(), error.what());
  }
}

}  // namespace fanin::FANIN_PRECISION
