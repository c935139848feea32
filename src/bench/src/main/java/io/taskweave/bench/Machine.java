package io.taskweave.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** What the figures were measured on. */
final class Machine {
  private static final long KIBIBYTES_PER_GIBIBYTE = 1L << 20;

  private Machine() {}

  static void describe(ObjectNode result) throws IOException {
    result.put("processor", value("/proc/cpuinfo", "model name"));
    boolean wide = value("/proc/cpuinfo", "flags").contains("avx512");
    result.put("vectors", wide ? "avx512" : "avx2 or less");
    result.put("cores", Runtime.getRuntime().availableProcessors());
    String memory = value("/proc/meminfo", "MemTotal").replaceAll("\\D", "");
    result.put(
        "memory_gib", memory.isEmpty() ? 0 : Long.parseLong(memory) / KIBIBYTES_PER_GIBIBYTE);
    result.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    result.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
    result.put(
        "mkl_debug_cpu_type",
        Objects.requireNonNullElse(System.getenv("MKL_DEBUG_CPU_TYPE"), "unset"));
  }

  private static String value(String file, String key) throws IOException {
    Path path = Path.of(file);
    List<String> lines = Files.exists(path) ? Files.readAllLines(path) : List.of();
    return lines.stream()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(key.toLowerCase(Locale.ROOT)))
        .map(line -> line.substring(line.indexOf(':') + 1).trim())
        .findFirst()
        .orElse("unknown");
  }
}
