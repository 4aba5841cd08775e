// Runs one .pte file on ExecuTorch's own runtime, without torch and without Python.
//
//   pte-runner MODEL.pte
//
// It says one line of JSON for the file, then one for each line that it reads:
//
//   run OUT SPEC…      compute once; result N goes to the file OUT.N
//   time CALLS SPEC…   compute that often on this thread; the seconds of all of them
//   peak               the most memory that this process has held, in bytes
//
// SPEC is DTYPE:SHAPE:FILE, such as float32:2,16:in.0; files hold the elements, little-endian and
// row by row. What ExecuTorch refuses is {"error": …, "code": …, "at": …}, and ends it with 3.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor.h>
#include <executorch/extension/threadpool/threadpool_guard.h>

using executorch::aten::ScalarType;
using executorch::extension::Module;
using executorch::extension::TensorPtr;
using executorch::runtime::Error;
using executorch::runtime::EValue;
using executorch::runtime::Program;

namespace {

struct Type {
  const char* name;
  ScalarType type;
};

constexpr Type kTypes[] = {
    {"float32", ScalarType::Float},
    {"float64", ScalarType::Double},
    {"int32", ScalarType::Int},
    {"int64", ScalarType::Long},
    {"int8", ScalarType::Char},
    {"uint8", ScalarType::Byte},
    {"bool", ScalarType::Bool},
};

[[noreturn]] void refuse(Error error, const char* at) {
  std::printf(
      "{\"error\": \"%s\", \"code\": %d, \"at\": \"%s\"}\n",
      executorch::runtime::to_string(error),
      static_cast<int>(error),
      at);
  std::exit(3);
}

[[noreturn]] void misuse(const std::string& what) {
  std::fprintf(stderr, "pte-runner: %s\n", what.c_str());
  std::exit(2);
}

ScalarType type_called(const std::string& name) {
  for (const Type& one : kTypes) {
    if (name == one.name) {
      return one.type;
    }
  }
  misuse("no type is called " + name);
}

const char* name_of(ScalarType type) {
  for (const Type& one : kTypes) {
    if (type == one.type) {
      return one.name;
    }
  }
  misuse("a result has a type that this runner does not know");
}

// A tensor that holds what a specification names.
TensorPtr given(const std::string& spec) {
  const size_t first = spec.find(':'), second = spec.find(':', first + 1);
  if (second == std::string::npos) {
    misuse("no DTYPE:SHAPE:FILE: " + spec);
  }
  const ScalarType type = type_called(spec.substr(0, first));
  std::vector<executorch::aten::SizesType> shape;
  std::istringstream sizes(spec.substr(first + 1, second - first - 1));
  size_t bytes = executorch::runtime::elementSize(type);
  for (std::string size; std::getline(sizes, size, ',');) {
    shape.push_back(std::stoi(size));
    bytes *= shape.back();
  }
  std::ifstream file(spec.substr(second + 1), std::ios::binary);
  std::vector<uint8_t> data{std::istreambuf_iterator<char>(file), {}};
  if (data.size() != bytes) {
    misuse(spec + " holds " + std::to_string(data.size()) + " bytes");
  }
  return executorch::extension::make_tensor_ptr(std::move(shape), std::move(data), {}, {}, type);
}

struct Call {
  std::vector<TensorPtr> tensors; // what the values point at
  std::vector<EValue> values;
};

Call call_of(std::istream& words) {
  Call call;
  for (std::string spec; words >> spec;) {
    call.tensors.push_back(given(spec));
    call.values.emplace_back(call.tensors.back());
  }
  return call;
}

std::vector<EValue> computed(Module& module, const Call& call) {
  auto found = module.execute("forward", call.values);
  if (!found.ok()) {
    refuse(found.error(), "execute");
  }
  return std::move(found.get());
}

void run(Module& module, std::istream& words) {
  std::string out;
  words >> out;
  const std::vector<EValue> found = computed(module, call_of(words));
  std::printf("{\"outputs\": [");
  for (size_t number = 0; number < found.size(); ++number) {
    if (!found[number].isTensor()) {
      misuse("a result is no tensor");
    }
    const auto tensor = found[number].toTensor();
    std::ofstream file(out + "." + std::to_string(number), std::ios::binary);
    file.write(static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes());
    std::printf("%s{\"dtype\": \"%s\", \"shape\": [", number ? ", " : "", name_of(tensor.scalar_type()));
    for (ssize_t axis = 0; axis < tensor.dim(); ++axis) {
      std::printf("%s%d", axis ? ", " : "", static_cast<int>(tensor.size(axis)));
    }
    std::printf("]}");
  }
  std::printf("]}\n");
}

void time(Module& module, std::istream& words) {
  long calls = 0;
  words >> calls;
  const Call call = call_of(words);
  const auto start = std::chrono::steady_clock::now();
  for (long number = 0; number < calls; ++number) {
    computed(module, call);
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  std::printf("{\"seconds\": %.9f}\n", taken.count());
}

void peak() {
  std::ifstream status("/proc/self/status");
  long long kibibytes = 0;
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) {
      kibibytes = std::stoll(line.substr(6));
    }
  }
  std::printf("{\"peak\": %lld}\n", kibibytes * 1024);
}

void describe(Module& module) {
  const auto meta = module.method_meta("forward");
  if (!meta.ok()) {
    refuse(meta.error(), "describe");
  }
  long long planned = 0;
  for (size_t number = 0; number < meta->num_memory_planned_buffers(); ++number) {
    planned += meta->memory_planned_buffer_size(number).get();
  }
  std::printf("{\"planned\": %lld, \"backends\": [", planned);
  for (size_t number = 0; number < meta->num_backends(); ++number) {
    std::printf("%s\"%s\"", number ? ", " : "", meta->get_backend_name(number).get());
  }
  std::printf("]}\n");
}

void load(Module& module) {
  if (const Error error = module.load(Program::Verification::InternalConsistency); error != Error::Ok) {
    refuse(error, "load");
  }
  if (const Error error = module.load_method("forward"); error != Error::Ok) {
    refuse(error, "load forward");
  }
}

} // namespace

int main(int count, char** words) {
  if (count != 2) {
    misuse("wants one file, MODEL.pte");
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  // Kernels and delegates compute on this thread alone.
  executorch::extension::threadpool::NoThreadPoolGuard alone;
  Module module(words[1]);
  load(module);
  describe(module);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream said(line);
    std::string verb;
    said >> verb;
    if (verb == "run") {
      run(module, said);
    } else if (verb == "time") {
      time(module, said);
    } else if (verb == "peak") {
      peak();
    } else {
      misuse("no such verb: " + verb);
    }
  }
}
