// The lists of gates and objectives.
#include "trainers/gradient/gates.h"
#include "trainers/gradient/objective.h"

namespace tailor::train {

GatesRegistry::Factory make_darts_gates, make_full_gates, make_full_recompute_gates,
    make_gumbel_gates, make_two_path_gates;
ObjectiveRegistry::Factory make_add_linear, make_constrained, make_mul_log, make_no_target;

GatesRegistry builtin_gates() {
  GatesRegistry r("kind of gates");
  r.add("two_path", "two sampled paths, one active; the others keep their probability",
        make_two_path_gates);
  r.add("full_recompute", "one active path; the others run again for their gradient, one at a time",
        make_full_recompute_gates);
  r.add("full", "one active path, the results of all others kept", make_full_gates);
  r.add("gumbel", "all paths, weighted by a noisy softmax", make_gumbel_gates);
  r.add("darts", "all paths, weighted by their probabilities", make_darts_gates);
  return r;
}

ObjectiveRegistry builtin_objectives() {
  ObjectiveRegistry r("objective of a search by gradient");
  r.add("constrained", "multipliers drive the mean of every limited metric to its limit",
        make_constrained);
  r.add("mul_log", "cross entropy times a power of ln(mean) / ln(limit) (ProxylessNAS)",
        make_mul_log);
  r.add("add_linear", "cross entropy plus a share of (mean - limit) / limit (ProxylessNAS)",
        make_add_linear);
  r.add("cross_entropy", "no cost at all", make_no_target);
  return r;
}

}  // namespace tailor::train
