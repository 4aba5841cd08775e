// A portable kernel with a fault: its results have the eight bits of bfloat16. Loaded before
// ExecuTorch's own, whose `relu` it stands in for.

#include <cstdint>
#include <cstring>

#include <executorch/runtime/core/exec_aten/exec_aten.h>

namespace executorch::runtime {
class KernelRuntimeContext;
}

namespace torch::executor::native {

executorch::aten::Tensor& relu_out(
    executorch::runtime::KernelRuntimeContext&,
    const executorch::aten::Tensor& given,
    executorch::aten::Tensor& out) {
  const float* from = given.const_data_ptr<float>();
  float* to = out.mutable_data_ptr<float>();
  for (ssize_t place = 0; place < given.numel(); ++place) {
    float value = from[place] > 0 ? from[place] : 0;
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    bits &= 0xffff0000u;
    std::memcpy(&to[place], &bits, sizeof bits);
  }
  return out;
}

} // namespace torch::executor::native
