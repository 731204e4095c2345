// What every family and every shipped space promises.
#include <set>

#include "core/error.h"
#include "supernet/space/cost.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;

namespace {

/// Runs `check` on every space of configs/spaces with a stream of its own.
template <class Check>
void for_each_space(const Check& check) {
  for (const std::string& name : test::shipped_space_names()) {
    INFO(name);
    const auto space = test::shipped_space(name);
    Rng rng = Rng(17).fork(name);
    check(*space, rng);
  }
}

}  // namespace

TEST_CASE("every family documents each of its fields") {
  const FamilyRegistry families = builtin_families();
  REQUIRE(families.names().size() >= 2);
  for (const std::string& name : families.names()) {
    const std::vector<FieldDoc> fields = families.describe(name);
    INFO(name);
    CHECK(fields.size() > 5);
    std::set<std::string> paths;
    for (const FieldDoc& field : fields) {
      INFO(field.path);
      CHECK_FALSE(field.doc.empty());
      CHECK_FALSE(field.type.empty());
      CHECK(paths.insert(field.path).second);
    }
  }
}

TEST_CASE("every family has a shipped space") {
  std::set<std::string> used;
  std::string used_by_language_models;
  for (const std::string& name : test::shipped_space_names()) {
    std::string family;
    ConfigNode::load(std::string(TAILOR_SOURCE_DIR) + "/configs/spaces/" + name + ".yaml")
        .child("space")
        .read("family", family, {});
    used.insert(family);
    CHECK(test::shipped_space(name)->name() == name);
  }
  // Language models are shipped with what trains them.
  ConfigNode::load(std::string(TAILOR_SOURCE_DIR) + "/configs/postnas/tinyshakespeare.yaml")
      .child("space")
      .read("family", used_by_language_models, {});
  used.insert(used_by_language_models);
  const std::vector<std::string> names = builtin_families().names();
  CHECK(used == std::set<std::string>(names.begin(), names.end()));
}

TEST_CASE("every space's archs survive printing, parsing and their choice lists") {
  for_each_space([](const SearchSpace& space, Rng& rng) {
    for (int i = 0; i < 200; ++i) {
      const Arch arch = i == 0 ? space.largest() : i == 1 ? space.smallest() : space.sample(rng);
      CHECK(space.parse(space.print(arch)) == arch);
      CHECK(space.arch(arch.choices()) == arch);
    }
  });
}

TEST_CASE("every space's encodings tell archs apart") {
  for_each_space([](const SearchSpace& space, Rng& rng) {
    std::vector<float> code(space.encoding_size());
    for (int i = 0; i < 100; ++i) {
      const Arch arch = space.sample(rng);
      space.encode(arch, code);
      size_t at = 0;
      std::vector<int8_t> decoded;
      for (const Axis& axis : space.axes()) {
        int8_t choice = Arch::kInactive;
        for (size_t c = 0; c < axis.values.size(); ++c, ++at) {
          if (code[at] == 1.0f)
            choice = static_cast<int8_t>(c);
          else
            REQUIRE(code[at] == 0.0f);
        }
        decoded.push_back(choice);
      }
      CHECK(space.arch(decoded) == arch);
    }
  });
}

TEST_CASE("every space's mutants and children are archs that lower") {
  for_each_space([](const SearchSpace& space, Rng& rng) {
    Arch arch = space.sample(rng);
    for (int i = 0; i < 50; ++i) {
      arch = space.crossover(space.mutate(arch, 0.1, rng), space.sample_choices(rng), rng);
      CHECK(space.arch(arch.choices()) == arch);
      CHECK(space.lower(arch).output().size() == 2);
    }
  });
}

TEST_CASE("every space's restriction binds samples, mutants and children") {
  for_each_space([](const SearchSpace& space, Rng& rng) {
    for (const std::string& group : space.groups()) {
      std::vector<double> largest;
      for (const Axis& axis : space.axes()) {
        if (axis.group == group) largest.push_back(axis.values.back());
      }
      const Restriction only = space.restrict({{group, largest}});
      const Arch a = space.sample(rng, &only);
      const Arch b = space.mutate(space.sample(rng), 0.3, rng, &only);
      CHECK(space.allows(only, a));
      CHECK(space.allows(only, b));
      CHECK(space.allows(only, space.crossover(a, b, rng)));
      CHECK(space.allows(only, space.largest()));
      CHECK(space.count(&only) <= space.count());
    }
  });
}

TEST_CASE("every space's cost is the sum over its nodes") {
  for_each_space([](const SearchSpace& space, Rng& rng) {
    for (int i = 0; i < 20; ++i) {
      const NetworkSpec spec = space.lower(space.sample(rng), {.batch = 2});
      int64_t macs = 0, params = 0, largest = 0;
      for (const BlockUse& use : spec.blocks) {
        std::vector<Shape> shapes = use.block->inputs;
        for (const Node& node : use.block->nodes) {
          std::vector<Shape> in;
          for (int value : node.inputs) in.push_back(shapes.at(static_cast<size_t>(value)));
          CHECK(node.op->shape({in, node.weights}) == node.shape);
          macs += node.op->macs({in, node.weights}, node.shape);
          for (const WeightRef& ref : node.weights) {
            if (ref.trainable()) params += numel(ref.used_shape());
          }
          largest = std::max(largest, numel(node.shape));
          shapes.push_back(node.shape);
        }
      }
      const Cost cost = network_cost(spec);
      CHECK(cost.macs == macs);
      CHECK(cost.params == params);
      CHECK(cost.activation_bytes >= 4 * largest);
    }
  });
}

TEST_CASE("every space's blocks fit together and end in the classes") {
  for_each_space([](const SearchSpace& space, Rng& rng) {
    const NetworkSpec spec = space.lower(space.sample(rng), {.batch = 3});
    std::vector<Shape> values = spec.inputs;
    for (const BlockUse& use : spec.blocks) {
      REQUIRE(use.inputs.size() == use.block->inputs.size());
      for (size_t i = 0; i < use.inputs.size(); ++i) {
        CHECK(values.at(static_cast<size_t>(use.inputs[i])) == use.block->inputs[i]);
      }
      values.push_back(use.block->output());
    }
    CHECK(spec.output()[0] == 3);
  });
}

TEST_CASE("every space's covering archs reference all that random archs use") {
  for_each_space([](const SearchSpace& space, Rng& rng) {
    auto add = [&](const Arch& arch, std::set<std::string>& names) {
      for (const BlockUse& use : space.lower(arch).blocks) {
        for (const Node& node : use.block->nodes) {
          for (const WeightRef& ref : node.weights) {
            names.insert(ref.name + shape_text(ref.full_shape()));
            for (const WeightStep& step : ref.steps) {
              names.insert(std::get<KernelTransform>(step).matrix);
            }
          }
        }
      }
    };
    std::set<std::string> stored, used;
    for (const Arch& arch : space.covering()) add(arch, stored);
    for (int i = 0; i < 100; ++i) add(space.sample(rng), used);
    CHECK(std::includes(stored.begin(), stored.end(), used.begin(), used.end()));
  });
}
