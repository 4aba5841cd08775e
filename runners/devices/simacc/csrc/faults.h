// Which operators are to go wrong, and how: SIMACC_FAULTS="wrong:add,hang:bmm".
#pragma once

#include <c10/util/Exception.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>

namespace simacc {

enum class Fault { None, Wrong, Missing, Crash, Hang, Slow };

inline Fault fault_called(const std::string& name) {
  static const std::unordered_map<std::string, Fault> known = {
      {"wrong", Fault::Wrong}, {"missing", Fault::Missing}, {"crash", Fault::Crash},
      {"hang", Fault::Hang},   {"slow", Fault::Slow}};
  const auto found = known.find(name);
  TORCH_CHECK(found != known.end(), "SIMACC_FAULTS: no fault is called ", name,
              "; there are wrong, missing, crash, hang and slow");
  return found->second;
}

// Read once, when the library is loaded, so that a mistake in it is told at once.
inline std::unordered_map<std::string, Fault> faults_told() {
  std::unordered_map<std::string, Fault> told;
  const char* text = std::getenv("SIMACC_FAULTS");
  std::istringstream words(text ? text : "");
  for (std::string word; std::getline(words, word, ',');) {
    const auto colon = word.find(':');
    TORCH_CHECK(colon != std::string::npos, "SIMACC_FAULTS: ", word, " is not FAULT:OPERATOR");
    told[word.substr(colon + 1)] = fault_called(word.substr(0, colon));
  }
  return told;
}

inline const std::unordered_map<std::string, Fault>& faults() {
  static const auto told = faults_told();
  return told;
}

// `aten::add.out` is `add` to those who name it.
inline std::string bare(const std::string& name) {
  const auto colon = name.rfind(':');
  return colon == std::string::npos ? name : name.substr(colon + 1);
}

inline Fault fault_of(const std::string& name) {
  const auto found = faults().find(bare(name));
  return found == faults().end() ? Fault::None : found->second;
}

// What goes wrong before an operator computes. A wrong answer is spoilt behind it.
inline void suffer(const std::string& name) {
  switch (fault_of(name)) {
    case Fault::Missing:
      TORCH_CHECK_NOT_IMPLEMENTED(false, "Could not run '", name, "' with arguments from the 'simacc' ",
                                  "backend: SIMACC_FAULTS takes it away.");
    case Fault::Crash:
      std::raise(SIGSEGV);
      break;
    case Fault::Hang:
      for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
    case Fault::Slow:
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      break;
    case Fault::Wrong:
    case Fault::None:
      break;
  }
}

}  // namespace simacc
