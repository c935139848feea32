package io.taskweave.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A peer in a process of its own, which waits for a line, does what the line says and answers with
 * a line of JSON.
 */
final class Peer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<String> command;
  private final Process process;
  private final BufferedReader answers;

  Peer(Settings settings, String script, String... arguments) throws IOException {
    command = new ArrayList<>();
    command.add(settings.python().toString());
    command.add(settings.peers().resolve(script).toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    // These are for the MKL in this process; the peer's is another one with other needs.
    List.of("OMP_NUM_THREADS", "KMP_AFFINITY", "KMP_BLOCKTIME", "MKL_DEBUG_CPU_TYPE")
        .forEach(builder.environment()::remove);
    process = builder.start();
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  JsonNode ask(String question) throws IOException {
    OutputStream questions = process.getOutputStream();
    questions.write((question + "\n").getBytes(StandardCharsets.UTF_8));
    questions.flush();
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException("Cannot compare: the peer ended (" + command + "), see its messages");
    }
    return JSON.readTree(answer);
  }

  @Override
  public void close() {
    process.destroy();
  }
}
