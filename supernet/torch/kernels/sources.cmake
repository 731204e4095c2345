# Lists of kernel files for supernet/CMakeLists.txt, relative to supernet/.
set(TAILOR_CPU_LOOPS)
foreach(loops delta_backward delta_chunk delta_parts depthwise matrix_vector norm_act one_query small_gemm token_rules)
  list(APPEND TAILOR_CPU_LOOPS torch/kernels/cpu/${loops}.cpp)
endforeach()
set(TAILOR_RECURRENCES)
foreach(recurrence causal_conv chunks decayed_scores delta_chunk delta_chunk_aten dplr_delta_rule
        dynamic_causal_conv gated_delta_rule gated_linear_attention normal)
  list(APPEND TAILOR_RECURRENCES torch/kernels/recurrence/${recurrence}.cpp)
endforeach()
