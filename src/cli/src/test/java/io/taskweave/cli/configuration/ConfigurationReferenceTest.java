package io.taskweave.cli.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The README's reference against the keys that are read. */
class ConfigurationReferenceTest {
  private static final String UNKNOWN = "zzzzzzzzzzzzzzzz";
  private static final Set<String> LISTS =
      Set.of(
          "tasks",
          "import.columns",
          "import.side-tables",
          "features.fields",
          "history.sequences",
          "history.sequences.attributes",
          "history.sequences.sources",
          "history.sequences.sources.columns");

  @Test
  void namesEveryKey() throws IOException {
    String reference = reference();
    Set<String> missing = new TreeSet<>();
    for (String key : keys()) {
      if (!reference.contains("`" + key + "`")) {
        missing.add(key);
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void namesNoOtherKey() throws IOException {
    Matcher matcher = Pattern.compile("(?m)^\\| `([a-z0-9.-]+)` \\|").matcher(reference());
    Set<String> named = new TreeSet<>();
    while (matcher.find()) {
      named.add(matcher.group(1));
    }
    assertThat(keys()).containsAll(named);
  }

  private static String reference() throws IOException {
    String readme = Files.readString(Path.of("../../README.md"));
    int start = readme.indexOf("## Configuration");
    return readme.substring(start, readme.indexOf("\n## ", start));
  }

  /** The names of all values; those of objects in a list stand without an index. */
  private static Set<String> keys() {
    Set<String> leaves = new TreeSet<>();
    Deque<String> objects = new ArrayDeque<>(Set.of(""));
    while (!objects.isEmpty()) {
      String object = objects.pop();
      for (String name : members(object)) {
        String key = object.isEmpty() ? name : object + "." + name;
        // The settings of Spark are its own.
        if (!key.equals("spark.settings") && !members(key).isEmpty()) {
          objects.push(key);
        } else {
          leaves.add(key);
        }
      }
    }
    return leaves;
  }

  /** The keys that an object admits it knows; none if there is no such object. */
  private static Set<String> members(String object) {
    StringBuilder text = new StringBuilder();
    StringBuilder end = new StringBuilder();
    StringBuilder place = new StringBuilder();
    String path = "";
    for (String part : object.isEmpty() ? new String[0] : object.split("\\.")) {
      path = path.isEmpty() ? part : path + "." + part;
      boolean list = LISTS.contains(path);
      text.append(part).append(list ? " = [{ " : " { ");
      end.insert(0, list ? " }]" : " }");
      place.append(part).append(list ? "[0]." : ".");
    }
    String document = text + UNKNOWN + " = 1" + end;
    Throwable problem =
        catchThrowable(() -> PipelineConfiguration.read(ConfigFactory.parseString(document)));
    Pattern pattern =
        Pattern.compile(
            "unknown key "
                + Pattern.quote(place + UNKNOWN)
                + ", known are ([a-z0-9, -]+?)(?=\\n|$)");
    Matcher matcher = pattern.matcher(String.valueOf(problem.getMessage()));
    return matcher.find() ? new TreeSet<>(Arrays.asList(matcher.group(1).split(", "))) : Set.of();
  }
}
