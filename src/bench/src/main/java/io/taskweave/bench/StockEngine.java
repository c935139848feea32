package io.taskweave.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@link StockSteps} in a process of its own, as it may run out of memory or of time. */
final class StockEngine {
  static final String HEAP = "16g";
  private static final int LIMIT_SECONDS = 120;
  private static final Pattern OUT_OF_MEMORY =
      Pattern.compile("java\\.lang\\.OutOfMemoryError(: .*)?");

  private StockEngine() {}

  /** Puts the median of a step, or why there is none. */
  static void measure(Settings settings, int ids, ObjectNode result)
      throws IOException, InterruptedException {
    Path folder = Files.createDirectory(settings.scratch().resolve("stock-" + ids));
    Path output = folder.resolve("output");
    Path log = folder.resolve("process.log");
    Path median = folder.resolve("median");
    List<String> command = JavaProcess.command(HEAP, StockSteps.class.getName());
    // Spark would wait for a task that is gone.
    command.add(1, "-XX:+ExitOnOutOfMemoryError");
    // Where Spark ends by itself, this alone says why.
    command.add(1, "-Dtaskweave.log=" + log);
    command.add(Integer.toString(ids));
    command.add(Integer.toString(settings.threads()));
    command.addAll(List.of(folder.toString(), median.toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      result.put("stock_failed", "stopped after " + LIMIT_SECONDS + " s");
    } else if (process.exitValue() == 0) {
      result.put("stock_median_milliseconds", Double.parseDouble(Files.readString(median)));
    } else {
      result.put(
          "stock_failed",
          failure(process.exitValue(), Files.readString(output), Files.readString(log)));
    }
  }

  static String failure(int code, String output, String log) {
    Matcher memory = OUT_OF_MEMORY.matcher(output + log);
    return memory.find() ? memory.group() : "ended with code " + code + "\n" + output;
  }
}
