#include "experiments/reproduce/claims.hpp"

namespace fanin {

const std::vector<Claim>& claim_table() {
  static const std::vector<Claim> table{
      {"glorot-spreads", "Glorot & Bengio 2010, figures 6 to 8",
       "five hidden layers of 1000 tanh units, 1000 digits, before training; standard init is "
       "U(-1/sqrt(n), 1/sqrt(n))",
       glorot_spreads},
      {"hanin-lengths", "Hanin & Rolnick 2018, figure 1a",
       "50 ReLU layers of width 50: squared length of the output over that of the input",
       hanin_lengths},
      {"he-variances", "He et al. 2015, section 2.2",
       "10 ReLU layers of width 1000: mean factor of the mean square from layer to layer",
       he_variances},
      {"sqrt5", "fast.ai course-v3, 02a_why_sqrt5",
       "Conv2d(1, 32, 5) on the first 100 validation digits: spread of the output (normalised by "
       "the mean and std of all 60,000 training images, theirs of 50,000)",
       sqrt5_spreads},
      {"matrix-chains", "fast.ai course22p2, 11_initializing",
       "200 inputs N(0, 1) of size 100 through 50 random matrices", matrix_chains},
      {"tanh-criticality", "Schoenholz et al. 2017, sections 3 and 4",
       "tanh nets of width 1000: correlation of two inputs from layer to layer", tanh_criticality},
      {"orthogonal-isometry", "Saxe et al. 2014, section 3",
       "100 linear layers of width 100: gain of the signal's length", orthogonal_isometry},
      {"fastai-rows",
       "fast.ai course22p2, 11_initializing",
       "five convolutions on Fashion-MNIST, SGD with momentum 0.85, 3 epochs of batches of 1024 in "
       "file order; fast.ai ran each once",
       fastai_rows,
       {"fastai-default", "fastai-kaiming", "fastai-leaky", "fastai-layernorm", "fastai-batchnorm",
        "fastai-small-batches"}},
      {"fastai-hooks",
       "fast.ai course-v3, 06_cuda_cnn_hooks_init",
       "four convolutions on MNIST, 50,000 images to train on, SGD at 0.9, batches of 512, 2 "
       "epochs; run once",
       fastai_hooks,
       {"fastai-hooks"}},
      {"fastai-lsuv",
       "fast.ai course-v3, 07a_lsuv",
       "five convolutions on MNIST, 50,000 images to train on, SGD at 0.6, batches of 512, 2 "
       "epochs; fast.ai ran each once (and once more in an older version: Kaiming 92.07 %, 95.99 "
       "%)",
       fastai_lsuv,
       {"fastai-lsuv"}},
      {"nielsen-weights",
       "Nielsen, Neural Networks and Deep Learning, chapter 3",
       "a hidden layer of sigmoids, binary cross entropy, SGD at 0.1 (the caption's rate), batches "
       "of 10, 30 epochs of 50,000 images, weight decay (ours of biases too: what nothing renews "
       "loses four fifths); he ran each once, 100 units also with other numbers, at a rate unknown",
       nielsen_weights,
       {"nielsen-weights"}},
      {"zero-ranks",
       "Zhao et al. 2022, example_mnist",
       "784-784-1024-1024-10 without biases, SGD at 0.1, one epoch (theirs: 2048 units, 20 "
       "epochs); "
       "ranks of the change of the square matrix, which may still grow",
       zero_ranks,
       {"zero-ranks"}},
      {"delta-orthogonal",
       "Xiao et al. 2018, demo notebook",
       "16 circular tanh convolutions of 32 channels behind 3 others, q* = 1/16, SGD with momentum "
       "0.95, 1000 batches of 100 of 55,000 images; they ran it once",
       delta_orthogonal,
       {"delta-orthogonal"},
       true},
      {"d2l-lenet",
       "Dive into Deep Learning, LeNet",
       "sigmoids and average pooling on Fashion-MNIST, SGD at 0.9, batches of 256, 10 epochs; run "
       "once",
       d2l_lenet,
       {"lenet-sigmoid"}},
      {"he-depth",
       "He et al. 2015, figures 2 and 3",
       "theirs: convolutions on ImageNet; ours: ReLU MLPs of width 128 on MNIST, plain SGD at "
       "0.01, up to 6 epochs",
       he_depth,
       {"he-depth"}},
      {"hanin-depth",
       "Hanin & Rolnick 2018, figure 1b",
       "ReLU MLPs with width equal to depth on MNIST, batches of 1024 and rate 0.01 (as we "
       "remember theirs), up to 20 epochs where theirs may take 100",
       hanin_depth,
       {"hanin-depth"}},
      {"glorot-tanh",
       "Glorot & Bengio 2010, figure 11",
       "five hidden layers of 1000 tanh units on MNIST; theirs: batches of 10 of 50,000 images, "
       "the rate by validation, curves of other images; ours: batches of 64 of 60,000, rate 0.05, "
       "3 epochs",
       glorot_start,
       {"glorot-tanh"}},
      {"schoenholz-phases",
       "Schoenholz et al. 2017, figure 5",
       "tanh MLPs on MNIST, sigma_b^2 = 0.05; sigma_w from 1 to 2, depth 10 to 80; ours are 100 "
       "wide and take 300 steps of batches of 128 at rate 0.01, theirs 300 wide and 200 steps at "
       "0.001; the rows test the order that xi_c gives, not the factor 6: 0.5 to 12 hold as well",
       schoenholz_phases,
       {"schoenholz-phases"}},
      {"saxe-linear",
       "Saxe et al. 2014, section 3",
       "linear MLPs of width 100 on MNIST, squared error: steps to 70 % accuracy, seen every 10, "
       "at the best of six rates; theirs are 1000 wide, up to 100 layers deep, with some forty "
       "rates",
       saxe_linear,
       {"saxe-linear"}},
  };
  return table;
}

}  // namespace fanin
