// The list of exporters.
#include <memory>
#include <utility>

#include "supernet/export/exporter.h"

namespace tailor {
namespace {

std::string network_file_bytes(const ExportedNetwork& network) {
  return network_file(network).serialize();
}

/// An exporter without options.
class FileExporter : public Exporter {
 public:
  using Write = std::string(const ExportedNetwork&);
  FileExporter(std::string file_name, Write* write)
      : file_name_(std::move(file_name)), write_(write) {}
  std::string file_name() const override { return file_name_; }
  std::string bytes(const ExportedNetwork& network) const override { return write_(network); }

 private:
  std::string file_name_;
  Write* write_;
};

/// One for networks that their family's authors can describe.
class PublishedExporter : public FileExporter {
 public:
  using FileExporter::FileExporter;
  bool fits(const ExportedNetwork& network) const override {
    return !network.published_config.empty();
  }
};

template <class Kind = FileExporter>
std::unique_ptr<Exporter> make(const ConfigNode& cfg, const char* file_name,
                               FileExporter::Write* write) {
  cfg.finish();
  return std::make_unique<Kind>(file_name, write);
}

}  // namespace

ExporterRegistry builtin_exporters() {
  ExporterRegistry r("exporter");
  r.add("onnx", "ONNX, opset 17, dynamic batch",
        [](const ConfigNode& cfg) { return make(cfg, "model.onnx", onnx_bytes); });
  r.add("safetensors", "weights with the network in their metadata: what `tailor infer` runs",
        [](const ConfigNode& cfg) { return make(cfg, "model.safetensors", network_file_bytes); });
  r.add("pytorch", "the network as plain PyTorch code",
        [](const ConfigNode& cfg) { return make(cfg, "model.py", model_py); });
  r.add("yaml", "arch, preprocessing and figures for programs",
        [](const ConfigNode& cfg) { return make(cfg, "arch.yaml", arch_yaml); });
  r.add("card", "the same for people, with how to run it",
        [](const ConfigNode& cfg) { return make(cfg, "card.md", card_markdown); });
  r.add("pth", "weights for torch.load, in the authors' names where they are known",
        [](const ConfigNode& cfg) { return make(cfg, "model.pth", published_pth); });
  r.add("net_config", "the network as Once-for-All's authors describe one, for their package",
        [](const ConfigNode& cfg) {
          return make<PublishedExporter>(cfg, "net.config", published_net_config);
        });
  r.add("run_config", "the image size, as they write it beside net.config",
        [](const ConfigNode& cfg) {
          return make<PublishedExporter>(cfg, "run.config", published_run_config);
        });
  return r;
}

}  // namespace tailor
