// tokenize TOKENIZER_JSON: reads texts from stdin, one JSON string a line, and writes the ids of
// each as a JSON list. For golden/make/hf_tokenizers.py.
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "core/file.h"
#include "supernet/formats/tokenizer.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: tokenize TOKENIZER_JSON < texts\n";
    return 2;
  }
  const auto tokenizer = tailor::Tokenizer::parse(tailor::read_file(argv[1]), argv[1]);
  for (std::string line; std::getline(std::cin, line);) {
    const auto text = nlohmann::json::parse(line).get<std::string>();
    std::cout << nlohmann::json(tokenizer.encode(text)).dump() << "\n";
  }
  return 0;
}
