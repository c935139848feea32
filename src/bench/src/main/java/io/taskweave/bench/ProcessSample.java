package io.taskweave.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.SparkEnv;
import org.apache.spark.storage.BlockManager;

/** What this process holds after a full collection, by name of the figure. */
final class ProcessSample {
  private static final double MEBIBYTE = 1L << 20;

  /** Spark removes what is no longer reachable in a thread of its own. */
  private static final long CLEANING_MILLISECONDS = 500;

  private ProcessSample() {}

  static Map<String, Double> take() throws IOException, InterruptedException {
    System.gc();
    Thread.sleep(CLEANING_MILLISECONDS);
    System.gc();
    BlockManager blocks = SparkEnv.get().blockManager();
    Map<String, Double> sample = new LinkedHashMap<>();
    sample.put(
        "live_heap_mib",
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / MEBIBYTE);
    sample.put(
        "outside_heap_mib",
        ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage().getUsed() / MEBIBYTE);
    sample.put("resident_mib", resident() / MEBIBYTE);
    sample.put("stored_blocks_mib", SparkEnv.get().memoryManager().storageMemoryUsed() / MEBIBYTE);
    sample.put("blocks", (double) blocks.getMatchingBlockIds(id -> true).size());
    sample.put("threads", (double) ManagementFactory.getThreadMXBean().getThreadCount());
    sample.put("open_files", (double) openFiles());
    return sample;
  }

  private static long resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(0);
  }

  private static long openFiles() throws IOException {
    try (var files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }
}
