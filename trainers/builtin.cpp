// The lists of data sets and training phases.
#include "trainers/data/dataset.h"
#include "trainers/train_phase.h"

namespace tailor::train {

DatasetRegistry::Factory make_idx;
PhaseRegistry::Factory make_progressive_shrinking, make_sandwich, make_single;

DatasetRegistry builtin_datasets() {
  DatasetRegistry r("data set");
  r.add("idx", "grey images from IDX files; Fashion-MNIST by default", make_idx);
  return r;
}

PhaseRegistry builtin_phases() {
  PhaseRegistry r("training phase");
  r.add("single", "one fixed subnet", make_single);
  r.add("progressive_shrinking", "random subnets taught by a frozen teacher (Once-for-All)",
        make_progressive_shrinking);
  r.add("sandwich", "largest, random and smallest with in-place distillation (BigNAS)",
        make_sandwich);
  return r;
}

}  // namespace tailor::train
