#pragma once

#include "init/init.hpp"
#include "init/mean_field.hpp"

// Init functions that torch.nn.init does not have, in its style: they fill a tensor in place and
// return it. Each throws Error for a shape that does not fit.
namespace fanin::init {

// Flax's lecun_normal, after LeCun et al. 1998: a normal distribution cut at 2 of its standard
// deviations, with variance 1 / fan_in after the cut. The tensor needs rank >= 2 and fan_in > 0.
Tensor lecun_trunc_normal_(Tensor tensor, Generator& generator = default_generator());

// Recurrent weights [gates * H, H]: each gate's [H, H] block is orthogonal, times gain, as in Flax.
// orthogonal_ makes the columns of the whole matrix orthonormal instead.
Tensor orthogonal_gates_(Tensor tensor, double gain = 1,
                         Generator& generator = default_generator());

// Jozefowicz et al. 2015: an LSTM's bias [4 H], gates in PyTorch's order i, f, g, o, is val for the
// forget gate and 0 elsewhere. PyTorch adds two biases, so use this for one of them.
Tensor forget_gate_bias_(Tensor tensor, double val = 1);

// Keras' Identity: ones on a matrix's diagonal, times gain. Le, Jaitly & Hinton 2015 use it for the
// recurrent weights of a ReLU RNN.
Tensor identity_(Tensor tensor, double gain = 1);

// Xiao et al. 2018: a convolution [out, in, kernel...] of rank 3 to 5 that is an orthogonal matrix,
// times gain, at the kernel's centre and 0 elsewhere. The centre is (k - 1) / 2, as in JAX. Without
// groups and strides it keeps the norm of a feature map, so it needs in <= out.
Tensor delta_orthogonal_(Tensor tensor, double gain = 1,
                         Generator& generator = default_generator());

// ZerO, Zhao, Schaefer & Anandkumar 2022: an init without draws (not the scheme "zero", which sets
// weights to 0). A matrix [m, n] becomes the identity, cut to size, if m <= n. Otherwise it becomes
// the corner of the Hadamard matrix of order p = 2^ceil(log2 m), divided by sqrt(p), as in the
// authors' code; Algorithm 1 has sqrt(2) times that. A convolution of rank up to 5 has this matrix
// at its centre k / 2 and 0 elsewhere.
Tensor hadamard_identity_(Tensor tensor);

// Poole et al. 2016: weights N(0, sigma_w^2 / fan_in); a tensor of rank 1 is a bias, N(0,
// sigma_b^2). Throws Error for a negative sigma.
double mean_field_std(const Shape& shape, double sigma_w, double sigma_b);
Tensor mean_field_normal_(Tensor tensor, double sigma_w, double sigma_b = 0,
                          Generator& generator = default_generator());

// The same with the sigmas of critical(): each layer keeps the variance q and the size of small
// differences between two inputs. Throws Error as critical() does.
Tensor critical_normal_(Tensor tensor, const PointwiseActivation& phi, double q = 1,
                        Generator& generator = default_generator());

// The same at the stable point of the activation. Throws Error as stable() does.
double stable_std(const Shape& shape, const PointwiseActivation& phi);
Tensor stable_normal_(Tensor tensor, const PointwiseActivation& phi,
                      Generator& generator = default_generator());

// He et al. 2015 for any activation: N(0, gain^2 / fan). The gain is analytic_gain(phi) for the
// mode fan_in and backward_gain(phi) for fan_out. Throws Error for another mode.
double analytic_std(const Shape& shape, const PointwiseActivation& phi,
                    const std::string& mode = "fan_in");
Tensor analytic_normal_(Tensor tensor, const PointwiseActivation& phi,
                        const std::string& mode = "fan_in",
                        Generator& generator = default_generator());

// LSUV, Mishkin & Matas 2016: layer by layer, in the order of modules(), divides a Linear's or
// Conv's weight by the standard deviation of its output on the images until that is 1 within tol.
// The weights should be orthonormal and the biases 0 before. The model runs in train mode, and
// KeepState puts back everything but those weights. Throws Error naming the layer if the standard
// deviation is 0, not finite, or not within tol after `tries` attempts. Given `layers`, it changes
// only those.
void lsuv_(Module& model, const Array& images, double tol = 0.1, std::size_t tries = 10,
           const std::optional<std::vector<Module*>>& layers = {});

}  // namespace fanin::init
