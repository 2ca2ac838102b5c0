#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "experiments/commands.hpp"
#include "experiments/inspect.hpp"
#include "experiments/reproduce/reproduce.hpp"
#include "experiments/run/datasets.hpp"
#include "experiments/run/environment.hpp"
#include "experiments/run/options.hpp"
#include "experiments/run/train.hpp"
#include "experiments/sweep/compare.hpp"
#include "experiments/sweep/merge.hpp"
#include "experiments/sweep/report.hpp"
#include "experiments/sweep/status.hpp"
#include "experiments/weights.hpp"
#include "framework/core/blas.hpp"
#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"
#include "framework/core/say.hpp"
#include "init/did_you_mean.hpp"

namespace fanin {
namespace {

int complain(std::string message, int exit_code) {
  std::ranges::replace(message, '\n', ' ');
  say("fanin: {}\n", message);
  return exit_code;
}

int run(int argc, char** argv) {
  Command app("What does the initialisation of a network do to its training?", "fanin");
  app.version_flag([] { return version_line(); });
  app.footer(
      "Type this first:\n"
      "  fanin compare             train LeNet-5 and deep MLPs under every init and show a table\n"
      "  fanin train lenet5 --init kaiming_normal --seed 0\n"
      "  fanin COMMAND --help      the options of a command, with an example\n");

  CompareOptions compare_options;
  Command compare = app.subcommand(
      "compare", "train a network under several inits and seeds, and compare how it goes");
  add_compare_options(compare, compare_options);

  ReproduceOptions reproduce_options;
  Command reproduce = app.subcommand(
      "reproduce", "hold published results about initialisation against our own runs");
  add_reproduce_options(reproduce, reproduce_options);

  ReportOptions report_options;
  Command report =
      app.subcommand("report", "write the tables, figures and pages of results folders again");
  add_report_options(report, report_options);

  StatusOptions status_options;
  Command status = app.subcommand(
      "status", "say which runs of results folders are done, running, failed and missing");
  add_status_options(status, status_options);

  MergeOptions merge_options;
  Command merge =
      app.subcommand("merge", "bring the parts of sweeps that ran apart together in one folder");
  add_merge_options(merge, merge_options);

  TrainOptions train_options;
  Command train = app.subcommand("train", "train a network once");
  add_train_options(train, train_options);
  bool once = false;
  train.flag("--once", once, "do nothing where --log has this very run, come to its end");
  train.footer(
      "Examples:\n"
      "  fanin train mlp:depth=10 --init xavier_uniform --seed 1 --epochs 2\n"
      "  fanin train lenet5 --init 'mine{Conv*.weight=xavier_normal_; "
      "fc3.weight=normal_:std=0.01;\n"
      "      *.bias=zeros_}'\n"
      "A pattern with * and ? matches <layer type>.<parameter> or the parameter's path, a call is\n"
      "one of `fanin list functions`; the last rule that matches wins. base=NAME starts from a\n"
      "named scheme. A spec has the same as a table [init.NAME] of \"PATTERN\" = \"CALL\".\n");

  TrainOptions inspect_options;
  std::vector<std::string> inspected;
  Command inspect = app.subcommand(
      "inspect",
      "show a model's parameters and signals before training, under one init or several");
  add_train_options(inspect, inspect_options,
                    {"seed", "loss", "init_rng", "dataset", "data_dir", "data_mean", "data_std"});
  inspect.option("--init", inspected, "schemes of the weights (default)").type("NAME");
  bool verbose = false;
  inspect.flag("--verbose", verbose, "every table in full, for each of several inits too");
  inspect.footer(
      "Examples:\n"
      "  fanin inspect lenet5 --init kaiming_normal       each parameter and layer in detail\n"
      "  fanin inspect mlp:depth=30 --init default xavier_uniform kaiming_normal\n"
      "`expected` is what theory says: of a parameter from its init's formula, of a layer's "
      "output\n"
      "from its input and those (He et al. 2015). A unit is dead when it is 0 for every image.\n");

  SampleOptions sample_options;
  Command sample = app.subcommand("sample", "draw from one init function into a .npy file");
  sample.option("function", sample_options.function, "its name, as `fanin list functions` shows")
      .required()
      .type("FUNCTION");
  sample.option("--shape", sample_options.shape, "extents, such as 64,3,7,7")
      .required()
      .commas()
      .whole()
      .type("N,...");
  sample.option("--seed", sample_options.seed, "seed of the draws (0)").whole();
  sample.option("--arg", sample_options.arguments, "an argument; again for others")
      .type("KEY=VALUE");
  sample.option("--out", sample_options.out, "the file to write").required().type("FILE.npy");
  sample.footer(
      "Example:\n  fanin sample kaiming_normal_ --shape 64,3,7,7 --seed 0 --arg mode=fan_out \\\n"
      "      --arg nonlinearity=relu --out w.npy\n");

  ExportOptions export_options;
  Command save = app.subcommand(
      "export", "write a model as initialised, and what it gives for an input, as safetensors");
  add_train_options(save, export_options.start,
                    {"init", "seed", "init_rng", "dataset", "data_dir", "data_mean", "data_std"});
  save.option("--input", export_options.input, "a batch, float32 [N, ...]").type("X.npy");
  save.option("--target", export_options.target, "its labels, int64 [N]").type("Y.npy");
  save.option("--out", export_options.out, "the file to write").required().type("FILE.safetensors");
  save.footer(
      "Example:\n  fanin export lenet5 --init xavier_uniform --seed 0 --out lenet5.safetensors\n"
      "--input and --target go together, and add `output`, `loss` (cross entropy) and `grad.NAME` "
      "of\n"
      "a pass in train mode: with BatchNorm's batch statistics and Dropout's masks.\n");

  std::string what;
  Command list = app.subcommand("list", "list the models, inits, data sets and so on");
  list.option("what", what,
              "models, inits, functions, layers, datasets, specs or claims (all of them)")
      .type("WHAT");
  list.footer("Example:\n  fanin list inits\n");

  std::string dataset = "mnist", data_dir;
  Command data = app.subcommand("data", "find a data set, check it and say where it is");
  data.option("--dataset,dataset", dataset, "as `fanin list datasets` shows (mnist)").type("NAME");
  data.option("--data-dir", data_dir, "folder of the four IDX files").type("DIR");
  data.footer("Example:\n  fanin data --dataset fashion-mnist\n");

  try {
    if (!app.parse({argv + 1, argv + argc})) return 0;  // --help and --version
  } catch (const CommandError& error) {
    return complain(fmt::format("{} (--help shows what is possible)", error.what()), 2);
  }
  // What these write must not be lost to a reader that went away.
  for (const Command* writes : {&compare, &reproduce, &report, &merge, &train})
    if (writes->parsed()) std::signal(SIGPIPE, SIG_IGN);
  if (compare.parsed()) return run_compare(std::move(compare_options));
  if (reproduce.parsed()) return run_reproduce(std::move(reproduce_options));
  if (report.parsed()) return run_report(report_options);
  if (status.parsed()) return run_status(status_options);
  if (merge.parsed()) return run_merge(merge_options);
  if (train.parsed()) {
    if (once && train_options.log.empty()) throw UsageError("--once needs --log");
    check_train_options(train_options);
    return run_training(train_options, once);
  }
  if (inspect.parsed()) {
    check_train_options(inspect_options);
    if (inspected.empty()) inspected.emplace_back("default");
    return inspect_command(inspect_options, inspected, verbose);
  }
  if (sample.parsed()) return sample_command(sample_options);
  if (save.parsed()) {
    check_train_options(export_options.start);
    return export_command(export_options);
  }
  if (list.parsed()) return list_command(what);
  if (data.parsed()) return data_command(dataset, data_dir);
  fmt::print("{}", app.help());
  return 0;
}

}  // namespace
}  // namespace fanin

namespace {

int guarded_run(int argc, char** argv) {
  try {
    fanin::kernels();  // an environment that asks for kernels that are missing is no model's fault
    fanin::check_blas_kernels();
    const int code = fanin::run(argc, argv);
    errno = 0;
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
      throw fanin::Error(fmt::format("cannot write to stdout{}{}", errno != 0 ? ": " : "",
                                     errno != 0 ? std::strerror(errno) : ""));
    return code;
  } catch (const fanin::UsageError& error) {
    return fanin::complain(error.what(), 2);
  } catch (const std::bad_alloc&) {
    return fanin::complain("out of memory", 1);
  } catch (const std::exception& error) {
    return fanin::complain(error.what(), 1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a limit of file sizes is to be an error that names the file
  const int code = guarded_run(argc, argv);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which report at the exit
  // Where memory is short a thread of OpenBLAS waits for it for ever, and its exit for the thread.
  std::fflush(nullptr);
  std::_Exit(code);
#endif
  return code;
}
