// The lists of data sets and training phases.
#include "trainers/data/dataset.h"
#include "trainers/train_phase.h"

namespace tailor::train {

DatasetRegistry::Factory make_cifar10, make_idx, make_image_folder;
PhaseRegistry::Factory make_progressive_shrinking, make_sandwich, make_single;

DatasetRegistry builtin_datasets() {
  DatasetRegistry r("data set");
  r.add("cifar10", "CIFAR-10 as folders or .tar of images, or its binary files", make_cifar10);
  r.add("idx", "grey images from IDX files; Fashion-MNIST by default", make_idx);
  r.add("image_folder", "JPEG and PNG images in folders or a .tar, one folder a class",
        make_image_folder);
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
