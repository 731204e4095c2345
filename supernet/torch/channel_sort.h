// Channel sorting of Once-for-All: the most important channels come first, so that a narrower
// network keeps them.
#pragma once

#include "supernet/space/search_space.h"
#include "supernet/torch/parameter_store.h"

namespace tailor::supernet {

/// Permutes every parameter dimension of a label by falling importance of its channels; networks
/// that use all channels compute what they did before (but for the order of sums).
///
/// Which labels: those whose channels in use differ between archs. Importance of a channel: the sum
/// of magnitudes of the weights that read it for the last time, i.e. that take the label by an
/// input dimension while nothing computed from them in their block has the label again. So
/// squeeze-excite's first layer does not count in a bottleneck, and its last convolution does.
/// Labels are sorted from the network's end to its start.
///
/// stage: how many narrower widths have been trained already (0 before the first phase of elastic
/// width, 1 before the second, ...). With s >= 1, channels outside of one of the s + 1 largest
/// widths stay behind those inside, and sorting goes on within these segments. Widths are those
/// that the label takes when its own axis (the one that moves the fewest labels) goes through its
/// choices, all others at their largest. Channels of a gate (squeeze-excite's inside) have no
/// segments. Importances are float32, ties keep their order.
///
/// Throws Error when stage < 0, when references disagree on a label's width or when the store is of
/// another space. Source: once-for-all, re_organize_middle_weights in
/// ofa/imagenet_classification/elastic_nn/modules/dynamic_layers.py.
void sort_channels(const SearchSpace& space, ParameterStore& store, int stage);

}  // namespace tailor::supernet
