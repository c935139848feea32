package io.taskweave.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.engine.cluster.SampleMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures taskweave beside its peers and prints JSON. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measures taskweave beside its peers and prints one JSON object.",
      "Sections: stem-net, stem-net-step, stem-net-lazy-step, stem-net-adatask-step,"
          + " table-growth, memory, adatask-step, tin, tin-step, encoding, history, evaluation,"
          + " streaming, streaming-in-memory, step-overhead, many-executors, kills, soak;",
      "all but the soak if none is named.",
      "Example: src/bench/run stem-net encoding --rows 1000000 --output target/bench.json"
    })
public final class Benchmarks implements Callable<Integer> {
  private record Entry(Supplier<Section> section, String heap) {}

  private static final String SOAK = "soak";
  private static final Map<String, Entry> SECTIONS = new LinkedHashMap<>();

  static {
    SECTIONS.put("stem-net", new Entry(StemNetSection::new, "3g"));
    SECTIONS.put("stem-net-step", new Entry(StemNetStepSection::dense, "6g"));
    SECTIONS.put("stem-net-lazy-step", new Entry(StemNetStepSection::lazy, "6g"));
    SECTIONS.put("stem-net-adatask-step", new Entry(StemNetStepSection::adaTask, "6g"));
    SECTIONS.put("table-growth", new Entry(TableGrowthSection::new, "11g"));
    SECTIONS.put("memory", new Entry(MemorySection::new, "10g"));
    SECTIONS.put("adatask-step", new Entry(AdaTaskSection::new, "4g"));
    SECTIONS.put("tin", new Entry(TinSection::new, "3g"));
    SECTIONS.put("tin-step", new Entry(TinStepSection::new, "6g"));
    SECTIONS.put("encoding", new Entry(EncodingSection::new, "4g"));
    SECTIONS.put("history", new Entry(HistorySection::new, "4g"));
    SECTIONS.put("evaluation", new Entry(EvaluationSection::new, "2g"));
    SECTIONS.put(
        "streaming", new Entry(() -> new StreamingSection(new SampleMemory(256L << 20)), "1g"));
    SECTIONS.put(
        "streaming-in-memory", new Entry(() -> new StreamingSection(SampleMemory.UNBOUNDED), "8g"));
    SECTIONS.put("step-overhead", new Entry(StepOverheadSection::new, "2g"));
    SECTIONS.put("many-executors", new Entry(ManyExecutorsSection::new, "6g"));
    SECTIONS.put("kills", new Entry(KillsSection::new, "1g"));
    SECTIONS.put(SOAK, new Entry(() -> new SoakSection(1), "2g"));
  }

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  @Parameters(paramLabel = "SECTION", description = "what to measure")
  private List<String> names = new ArrayList<>();

  @Option(names = "--rows", description = "rows of the data sections (${DEFAULT-VALUE})")
  private long rows = 10_000_000;

  @Option(names = "--rounds", description = "rounds of the models (${DEFAULT-VALUE})")
  private int rounds = 15;

  @Option(names = "--threads", description = "threads of each side (${DEFAULT-VALUE})")
  private int threads = 2;

  @Option(names = "--minutes", description = "minutes of a soak (${DEFAULT-VALUE})")
  private int minutes = 60;

  @Option(names = "--output", description = "file that receives the JSON as well")
  private Path output;

  @Option(names = "--data", description = "folder that keeps generated data for the next run")
  private Path data;

  @Option(names = "--python", required = true, description = "interpreter of the peers")
  private Path python;

  @Option(names = "--peers", required = true, description = "folder of the peers' scripts")
  private Path peers;

  /** The child's end of {@link #child}: one section, in this process. */
  @Option(names = "--alone", hidden = true)
  private boolean alone;

  @Override
  public Integer call() throws Exception {
    if (names.isEmpty()) {
      SECTIONS.keySet().stream().filter(name -> !name.equals(SOAK)).forEach(names::add);
    }
    for (String name : names) {
      if (!SECTIONS.containsKey(name)) {
        System.err.println(
            "Cannot measure: unknown section (" + name + "), choose of " + SECTIONS.keySet());
        return CommandLine.ExitCode.USAGE;
      }
    }
    ObjectNode result = alone ? measure(names.get(0)) : all();
    String text = JSON.writeValueAsString(result);
    if (output != null) {
      Files.writeString(output, text + "\n");
    }
    if (!alone) {
      System.out.println(text);
    }
    return CommandLine.ExitCode.OK;
  }

  private ObjectNode all() throws IOException, InterruptedException {
    ObjectNode result = JSON.createObjectNode();
    Machine.describe(result.putObject("machine"));
    ObjectNode sections = result.putObject("sections");
    for (String name : names) {
      System.err.println("Measuring " + name);
      sections.set(name, child(name));
    }
    return result;
  }

  /** A section in a process of its own: its own heap, and code compiled for it alone. */
  private ObjectNode child(String name) throws IOException, InterruptedException {
    Path answer = Files.createTempFile("taskweave-bench", ".json");
    try {
      List<String> command =
          JavaProcess.command(SECTIONS.get(name).heap(), Benchmarks.class.getName());
      command.addAll(List.of(name, "--alone"));
      command.addAll(List.of("--rows", Long.toString(rows), "--rounds", Integer.toString(rounds)));
      command.addAll(List.of("--threads", Integer.toString(threads)));
      command.addAll(List.of("--minutes", Integer.toString(minutes)));
      command.addAll(List.of("--python", python.toString(), "--peers", peers.toString()));
      command.addAll(List.of("--output", answer.toString()));
      if (data != null) {
        command.addAll(List.of("--data", data.toString()));
      }
      int code =
          new ProcessBuilder(command)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor();
      if (code != 0) {
        throw new IOException("Cannot measure " + name + ": its process ended with code " + code);
      }
      return (ObjectNode) JSON.readTree(answer.toFile());
    } finally {
      Files.deleteIfExists(answer);
    }
  }

  private ObjectNode measure(String name) throws Exception {
    Path scratch = Files.createTempDirectory("taskweave-bench");
    Path kept = data == null ? scratch : Files.createDirectories(data);
    try {
      ObjectNode result = JSON.createObjectNode();
      SECTIONS
          .get(name)
          .section()
          .get()
          .run(new Settings(python, peers, rows, rounds, threads, minutes, scratch, kept), result);
      return result;
    } finally {
      try (Stream<Path> files = Files.walk(scratch)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /** Runs the sections that the arguments name. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Benchmarks()).execute(arguments));
  }
}
