#include "experiments/run/train.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "experiments/record/checkpoint.hpp"
#include "experiments/record/folder.hpp"
#include "experiments/record/run_log.hpp"
#include "experiments/record/standing.hpp"
#include "experiments/run/diagnostics.hpp"
#include "experiments/run/parameter_groups.hpp"
#include "experiments/task/datasets.hpp"
#include "experiments/task/models.hpp"
#include "experiments/task/optimisation.hpp"
#include "framework/core/error.hpp"
#include "framework/core/parallel.hpp"
#include "framework/core/sha256.hpp"
#include "framework/core/text.hpp"
#include "framework/data/loader.hpp"
#include "framework/io/safetensors.hpp"
#include "init/recipe.hpp"

namespace fanin {
namespace {

volatile std::sig_atomic_t signals_came = 0;

// Mean loss and accuracy over a whole set, in eval mode. Without a finite loss there is no
// accuracy: the largest of NaNs means nothing.
Evaluation evaluate(Module& model, const Dataset& dataset, const Loss& measure) {
  constexpr std::size_t at_once = 128;  // more do not fit in the cache
  const NoGrad no_grad;
  model.eval();
  Generator unused;  // the order of the file needs no random numbers
  DataLoader batches(dataset, at_once, unused, DataLoader::Order::file);
  double loss = 0;
  std::size_t correct = 0;
  for (std::size_t i = 0; i < batches.batches(); ++i) {
    const Batch batch = batches.next();
    const Tensor logits = model(Tensor(batch.images));
    loss += static_cast<double>(measure.of(logits, batch.labels).item()) *
            static_cast<double>(batch.labels.size());
    correct += count_correct(logits.value(), batch.labels);
  }
  model.train();
  const auto count = static_cast<double>(dataset.labels.size());
  return {.test_loss = loss / count,
          .test_accuracy = std::isfinite(loss) ? static_cast<double>(correct) / count : NAN};
}

// The sums over an epoch so far.
struct Epoch {
  std::size_t number = 0, samples = 0;
  double loss = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Epoch, number, samples, loss)

class Run {
 public:
  explicit Run(const TrainOptions& options)
      : options_(with_optimizer_defaults(options)),
        files_(files_beside(options.log, options.save)),
        loss_(find_loss(options.loss)),
        init_(options.init),
        data_(load_data(options)),
        loader_generator_(options.seed),
        model_(make_initialised(options, &data_.train)),
        loader_(data_.train, options.batch,
                options.loader_rng == "global" ? default_generator() : loader_generator_,
                options.loader_rng == "global" ? DataLoader::Order::plain
                : options.loader_rng == "none" ? DataLoader::Order::file
                                               : DataLoader::Order::own_generator) {
    if (!options_.load.empty()) load_weights(*model_, options_.load);
    if (options_.flip_bit > 0) flip_last_bit(*model_, options_.flip_bit);
    // These checks fail before anything is written, not after a long run.
    check_outputs(loss_, check_output(*model_, first_images(data_.train, 2), classes_of(data_)));
    if (!options_.save.empty()) check_writable(options_.save);
    const std::size_t steps =
        options_.max_steps > 0 ? options_.max_steps : options_.epochs * loader_.batches();
    groups_.emplace(*model_, options_, steps, loader_.batches());
    start_ = {train_command(options_),
              steps,
              model_->parameter_count(),
              sha256_of(data_),
              version_line(),
              classes_of(data_),
              model_file_sha256(options.model)};
  }

  int train(bool once) {
    for (const auto& [file, expected] : other_files(files_))
      throw Error("cannot write {}: a file of this name exists and is not a {}", file.string(),
                  expected);
    RunLog log(options_.log);
    RunEnd end{"completed", 0, 0, fingerprint(model_->state_dict()), ""};
    if (once && was_done_before(log, end)) {  // the lock on the log makes this final
      remove_checkpoints(files_.checkpoints);
      say("already finished: {}\n", options_.log);
      return 0;
    }
    std::optional<Checkpoints> checkpoints;
    std::optional<StopSignals> signals;  // without a log, signals end the run at once
    if (!options_.log.empty()) {
      checkpoints.emplace(files_.checkpoints, options_.checkpoint_every, identity(end));
      signals.emplace();
    }
    if (!checkpoints || !resume(*checkpoints, log, end, once)) begin(log);
    bool whole = false;
    try {
      whole = train(log, end, checkpoints);
    } catch (const Error&) {  // the caller prints why; the log records it if possible
      end.status = "failed";
      try {
        log.fail(end);
      } catch (const Error&) {
      }
      throw;
    }
    if (!whole) {
      say("fanin: stopped after step {}; the same command continues from there\n", end.steps);
      return 1;
    }
    log.end(end);
    log.finish();
    if (checkpoints) remove_checkpoints(files_.checkpoints);
    say("{}\n", summary(end));
    return 0;
  }

 private:
  std::string summary(const RunEnd& end) const {
    if (end.status == "diverged")
      return fmt::format("diverged at step {}, after {:.1f} s", end.steps, end.train_seconds);
    const std::string done =
        fmt::format("finished {} steps in {:.1f} s", end.steps, end.train_seconds);
    if (last_accuracy_ >= chance_of(start_.classes)) return done;
    TrainOptions same;
    same.model = options_.model, same.init = options_.init, same.seed = options_.seed;
    return fmt::format("{}, still at chance; `fanin inspect{}` may show why", done,
                       command_line(same).substr(std::string_view("fanin train").size()));
  }

  bool was_done_before(RunLog& log, const RunEnd& end) const {
    Expected expected{start_.command, start_.model, start_.data};
    expected.by_its_writer = true;
    if (!options_.load.empty()) expected.initial_fingerprint = end.initial_fingerprint;
    const Standing there = standing(files_, expected, Depth::sealed);
    const bool done = there.state == State::done;
    const bool refused = there.state == State::another || there.state == State::unreadable;
    if (done || (refused && !log.begun())) log.discard();
    if (refused) throw Error(refusal(there));
    return done;
  }

  std::string refusal(const Standing& there) const {
    if (there.state == State::unreadable || there.differs == "version") return there.why;
    const std::string& command = there.record->start.command;
    if (there.record->end)
      return fmt::format("{} holds another finished run, {}; remove it, or choose another --log",
                         options_.log, command);
    return fmt::format(
        "{} belongs to another {}, {}, which its checkpoints can continue; remove it, or choose "
        "another --log",
        files_.growing.string(), there.differs == "model" ? "model" : "run", command);
  }

  void begin(RunLog& log) const {
    log.start(start_);
    for (const ParameterGroup& group : groups_->described()) log.add(group);
  }

  // Returns false if a signal stopped it.
  bool train(RunLog& log, RunEnd& end, std::optional<Checkpoints>& checkpoints) {
    std::optional<Diagnostics> diagnostics;
    if (!options_.log.empty())
      diagnostics.emplace(
          *model_, probe(),
          options_.diagnostics_every.value_or(default_diagnostics_every(options_.batch)), log,
          options_.load.empty() ? init_.expected(*model_) : std::vector<Expectation>(), loss_);
    if (end.steps == 0) log.add(report(0));
    while (end.steps < start_.total_steps && end.status == "completed") {
      if (diagnostics) diagnostics->before_step(end.steps);
      const auto begun = std::chrono::steady_clock::now();
      const double loss = step(log, end.steps);
      end.train_seconds +=
          std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
      if (diagnostics) diagnostics->after_step();
      ++end.steps;
      if (!std::isfinite(loss)) end.status = "diverged";
      const bool last = end.steps == start_.total_steps || end.status == "diverged";
      if (end.steps == 1 || end.steps % options_.log_every == 0 || last)
        log.add(groups_->with_rates({end.steps, loader_.epoch(), loss}));
      const bool between = options_.eval_every > 0 && end.steps % options_.eval_every == 0;
      if (between || loader_.epoch_ended() || last) {
        Evaluation now = report(end.steps);
        if (end.status == "diverged") now.test_loss = now.test_accuracy = NAN;
        log.add(now);
        if (options_.stop_accuracy > 0 && now.test_accuracy >= options_.stop_accuracy) break;
      }
      if (!checkpoints || last) continue;
      const bool stopped = StopSignals::count() > 0;
      if (stopped || checkpoints->due(end.steps)) save(*checkpoints, log, end);
      if (stopped) return false;
    }
    if (diagnostics) diagnostics->finish(end.steps);
    // The last step may have made the weights infinite after its own loss was computed.
    if (!std::isfinite(last_test_loss_) && end.status == "completed") {
      log_not_finite(log, probe(), end.steps);
      end.status = "diverged";
    }
    end.final_fingerprint = fingerprint(model_->state_dict());
    if (!options_.save.empty()) save_weights(*model_, options_.save);
    return true;
  }

  // What a checkpoint must share with this run. A message names the first key that differs, in
  // alphabetical order.
  nlohmann::json identity(const RunEnd& end) const {
    return {{"command", start_.command},
            {"data", start_.data},
            {"model", start_.model},
            {"version", start_.version},
            {"initial weights", end.initial_fingerprint}};
  }

  void save(Checkpoints& checkpoints, RunLog& log, const RunEnd& end) const {
    const DataLoader::Position at = loader_.position();
    const RunLog::Extent logged = log.sync();
    NamedArrays tensors;
    Counters counters;
    std::vector<std::size_t> updates;
    for (const auto& [name, array] : model_->state_dict())
      tensors.emplace_back("model." + name, array);
    for (const auto& [name, value] : model_->counters())
      counters.emplace_back("model." + name, value);
    for (const Optimizer::State& state : groups_->state()) {
      for (std::size_t i = 0; i < state.arrays.size(); ++i)
        tensors.emplace_back(fmt::format("optimizer.{}.{}", updates.size(), i), state.arrays[i]);
      updates.push_back(state.updates);
    }
    const nlohmann::json state = {
        {"log", {{"bytes", logged.bytes}, {"sha256", logged.sha256}}},
        {"train_seconds", end.train_seconds},
        {"epoch", epoch_},
        {"test_loss", last_test_loss_},
        {"updates", updates},
        {"loader", {{"epoch", at.epoch}, {"at", at.at}, {"generator", at.generator}}},
        {"loader_generator", loader_generator_.state()},
        {"default_generator", default_generator().state()}};
    try {
      checkpoints.save(end.steps, state, tensors, counters);
    } catch (const Error& error) {  // the run itself can go on
      say("fanin: warning: cannot save a checkpoint of step {}: {}\n", end.steps, error.what());
    }
  }

  // Restores everything from the newest checkpoint. Returns false if no checkpoint can be
  // continued. If `once`, throws Error if the only ones are of other data, kernels or the like.
  bool resume(Checkpoints& checkpoints, RunLog& log, RunEnd& end, bool once) {
    const auto refuse = [&](const std::string& why) {
      return Error("{} cannot continue: {}; to start over, remove {}", options_.log, why,
                   files_.checkpoints.string());
    };
    std::optional<Checkpoint> found;
    std::string why;
    try {
      if (log.begun())
        found = checkpoints.newest([&log](const Checkpoint& from) {
          const nlohmann::json& logged = from.state.at("log");
          if (!log.resume({logged.at("bytes"), logged.at("sha256")}))
            throw Error("the growing log is not the one that the checkpoint belongs to");
        });
      else if (checkpoints.any())
        why = files_.growing.string() + ", which the checkpoints continue, is missing or empty";
    } catch (const Error& error) {
      throw refuse(error.what());
    }
    if (!found) {
      if (!checkpoints.passed_over().empty()) {
        why = "the checkpoints belong to " + checkpoints.passed_over();
        if (once) throw refuse(why);
      }
      if (!why.empty()) say("fanin: warning: starts over, because {}\n", why);
      remove_checkpoints(files_.checkpoints);
      return false;
    }
    restore(*found);
    end.steps = found->step;
    end.train_seconds = found->state.at("train_seconds");
    say("continues after step {}\n", end.steps);
    return true;
  }

  void restore(const Checkpoint& checkpoint) {
    const nlohmann::json& state = checkpoint.state;
    std::vector<Optimizer::State> optimizer;
    for (const nlohmann::json& updates : state.at("updates")) optimizer.push_back({updates, {}});
    NamedArrays model;
    for (const auto& [name, tensor] : checkpoint.tensors) {
      const auto* whole = std::get_if<std::vector<std::int64_t>>(&tensor.data);
      if (whole)
        model_->set_counter(name.substr(name.find('.') + 1), whole->at(0));
      else if (name.starts_with("model."))
        model.emplace_back(name.substr(name.find('.') + 1), tensor.array());
      else
        optimizer.at(std::stoul(name.substr(name.find('.') + 1))).arrays.push_back(tensor.array());
    }
    model_->load_state_dict(model);
    groups_->load_state(std::move(optimizer));
    epoch_ = state.at("epoch");
    const nlohmann::json& test_loss = state.at("test_loss");
    last_test_loss_ = test_loss.is_null() ? std::nan("") : test_loss.get<double>();
    const nlohmann::json& at = state.at("loader");
    loader_.seek({at.at("epoch"), at.at("at"), at.at("generator")});
    loader_generator_.set_state(state.at("loader_generator"));
    default_generator().set_state(state.at("default_generator"));
  }

  // The images for the diagnostics, enough to measure a layer's spread to a few percent.
  Batch probe() const { return first_images(data_.train, 128); }

  double step(RunLog& log, std::size_t steps_done) {
    const Batch batch = loader_.next();
    const Tensor loss = loss_.of((*model_)(Tensor(batch.images)), batch.labels);
    const double value = loss.item();
    if (!std::isfinite(value)) log_not_finite(log, batch, steps_done);
    groups_->zero_grad();
    Tensor(loss).backward();
    groups_->step(steps_done);
    if (loader_.epoch() != epoch_.number) epoch_ = {loader_.epoch(), 0, 0};
    epoch_.loss += value * static_cast<double>(batch.labels.size());
    epoch_.samples += batch.labels.size();
    return value;
  }

  void log_not_finite(RunLog& log, const Batch& batch, std::size_t steps_done) {
    const NotFinite place = find_not_finite(*model_, batch, loss_, steps_done);
    log.add(place);
    say("infinite or NaN values {}\n", to_string(place));
  }

  Evaluation report(std::size_t steps) {
    Evaluation now = evaluate(*model_, data_.test, loss_);
    now.epoch = epoch_.number, now.step = steps;
    now.train_loss = epoch_.loss / static_cast<double>(epoch_.samples);
    say("{}test loss {}\n",
        steps == 0 ? "before training: "
                   : fmt::format("epoch {} step {}: train loss {:.4f}, ", now.epoch, steps,
                                 std::abs(now.train_loss)),  // fmt shows the sign of a NaN
        std::isfinite(now.test_loss)
            ? fmt::format("{:.4f}, accuracy {:.2f} %", now.test_loss, 100 * now.test_accuracy)
            : "is not finite");
    last_test_loss_ = now.test_loss, last_accuracy_ = now.test_accuracy;
    return now;
  }

  TrainOptions options_;
  RunFiles files_;
  RunStart start_;
  const Loss& loss_;
  Recipe init_;
  Data data_;
  Generator loader_generator_;
  std::shared_ptr<Module> model_;
  DataLoader loader_;
  std::optional<ParameterGroups> groups_;
  Epoch epoch_;
  double last_test_loss_ = 0, last_accuracy_ = 0;
};

}  // namespace

int run_training(const TrainOptions& options, bool once) {
  set_threads(options.threads);
  return Run(options).train(once);
}

StopSignals::StopSignals() {
  struct sigaction action {};
  action.sa_handler = [](int) { signals_came = signals_came + 1; };
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    sigaction(numbers[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) sigaction(numbers[i], &action, nullptr);
  }
}

StopSignals::~StopSignals() {
  for (std::size_t i = 0; i < numbers.size(); ++i) sigaction(numbers[i], &before_[i], nullptr);
}

int StopSignals::count() { return signals_came; }

}  // namespace fanin
