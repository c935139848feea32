package io.taskweave.cli.configuration;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * One object of a configuration. It knows which keys were asked for, so that {@link #close} can
 * name those that nobody reads. A wrong value is noted and its default returned: reading goes on
 * and finds the other problems.
 */
final class Section implements AutoCloseable {
  private final Config config;
  private final String path;
  private final Problems problems;
  private final Set<String> known = new TreeSet<>();

  Section(Config config, String path, Problems problems) {
    this.config = config;
    this.path = path;
    this.problems = problems;
  }

  String name(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  void problem(String key, String message) {
    problems.add(name(key) + " " + message);
  }

  boolean has(String key) {
    known.add(key);
    return config.hasPath(quoted(key));
  }

  String text(String key, String defaultValue) {
    return read(key, Config::getString).orElse(defaultValue);
  }

  String requiredText(String key, String hint) {
    Optional<String> value = optionalText(key);
    if (value.isEmpty()) {
      problem(key, "is missing: " + hint);
    }
    return value.orElse("");
  }

  Optional<String> optionalText(String key) {
    return read(key, Config::getString);
  }

  boolean flag(String key, boolean defaultValue) {
    return read(key, Config::getBoolean).orElse(defaultValue);
  }

  int integer(String key, int defaultValue, int minimum) {
    return (int) whole(key, defaultValue, minimum, Integer.MAX_VALUE);
  }

  long whole(String key, long defaultValue, long minimum, long maximum) {
    Optional<Long> value = read(key, Config::getLong);
    if (value.isPresent() && (value.get() < minimum || value.get() > maximum)) {
      problem(
          key,
          "must be "
              + (maximum >= Integer.MAX_VALUE
                  ? "at least " + minimum
                  : "in [" + minimum + ", " + maximum + "]")
              + " ("
              + value.get()
              + ")");
      return defaultValue;
    }
    return value.orElse(defaultValue);
  }

  /** A finite number in [minimum, maximum]. */
  double decimal(String key, double defaultValue, double minimum, double maximum) {
    Optional<Double> value = read(key, Config::getDouble);
    if (value.isPresent() && !(value.get() >= minimum && value.get() <= maximum)) {
      problem(
          key,
          String.format(
              Locale.ROOT,
              maximum == Double.MAX_VALUE ? "must be at least %s (%s)" : "must be in [%s, %s] (%s)",
              maximum == Double.MAX_VALUE
                  ? new Object[] {minimum, value.get()}
                  : new Object[] {minimum, maximum, value.get()}));
      return defaultValue;
    }
    return value.orElse(defaultValue);
  }

  Duration duration(String key, Duration defaultValue) {
    Optional<Duration> value = read(key, Config::getDuration);
    if (value.isPresent() && value.get().isNegative()) {
      problem(key, "must not be negative (" + text(key, "") + ")");
      return defaultValue;
    }
    return value.orElse(defaultValue);
  }

  List<Duration> durations(String key) {
    return read(key, Config::getDurationList).orElse(List.of());
  }

  /** Bytes; values such as {@code 64m} or {@code 2g} mean powers of 1,024. */
  long bytes(String key, long defaultValue) {
    Optional<Long> value = read(key, (c, k) -> c.getMemorySize(k).toBytes());
    if (value.isPresent() && value.get() <= 0) {
      problem(key, "must be positive (" + text(key, "") + ")");
      return defaultValue;
    }
    return value.orElse(defaultValue);
  }

  /** One of a few names. */
  String choice(String key, String defaultValue, List<String> names) {
    String value = text(key, defaultValue);
    if (!names.contains(value)) {
      problem(key, "must be one of " + String.join(", ", names) + " (" + value + ")");
      return defaultValue;
    }
    return value;
  }

  List<String> texts(String key, List<String> defaultValue) {
    return read(key, Config::getStringList).orElse(defaultValue);
  }

  List<Integer> sizes(String key, List<Integer> defaultValue) {
    List<Integer> values = read(key, Config::getIntList).orElse(defaultValue);
    if (values.stream().anyMatch(size -> size < 1)) {
      problem(key, "must hold sizes of at least 1 (" + values + ")");
      return defaultValue;
    }
    return values;
  }

  /** Whole numbers of at least 0, or none. */
  List<Long> wholes(String key) {
    List<Long> values = read(key, Config::getLongList).orElse(List.of());
    if (values.stream().anyMatch(value -> value < 0)) {
      problem(key, "must hold numbers of at least 0 (" + values + ")");
      return List.of();
    }
    return values;
  }

  List<Double> decimals(String key, List<Double> defaultValue) {
    return read(key, Config::getDoubleList).orElse(defaultValue);
  }

  /** The object under a key, empty if absent. */
  Section section(String key) {
    return new Section(
        read(key, Config::getConfig).orElse(ConfigFactory.empty()), name(key), problems);
  }

  /** All of this object but one key, for a reader of its own that knows the other keys. */
  Config without(String key) {
    known.addAll(config.root().keySet());
    return config.withoutPath(quoted(key));
  }

  /** The objects of a list, or none. */
  <T> List<T> list(String key, Function<Section, T> reader) {
    List<? extends Config> entries =
        read(key, (c, k) -> (List<? extends Config>) c.getConfigList(k)).orElse(List.of());
    List<T> values = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      try (Section entry = new Section(entries.get(i), name(key) + "[" + i + "]", problems)) {
        values.add(reader.apply(entry));
      }
    }
    return Collections.unmodifiableList(values);
  }

  /** Every leaf below a key, by its dotted name: for settings that another system defines. */
  SortedMap<String, String> leaves(String key) {
    SortedMap<String, String> values = new TreeMap<>();
    Optional<ConfigObject> object = read(key, Config::getObject);
    object.ifPresent(o -> collect("", o, values));
    return values;
  }

  /**
   * A number of at least 0 for each of some tasks.
   *
   * @param tasks names that there are
   */
  SortedMap<String, Double> byTask(String key, Collection<String> tasks) {
    SortedMap<String, Double> values = new TreeMap<>();
    leaves(key)
        .forEach(
            (task, text) -> {
              if (!tasks.contains(task)) {
                problem(
                    key,
                    "names no task of this pipeline ("
                        + task
                        + "), tasks are "
                        + String.join(" ", tasks));
                return;
              }
              double value = number(text);
              if (!(value >= 0) || value == Double.POSITIVE_INFINITY) {
                problem(key + "." + task, "must be a number of at least 0 (" + text + ")");
                return;
              }
              values.put(task, value);
            });
    return values;
  }

  private static double number(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  private static void collect(String prefix, ConfigObject object, SortedMap<String, String> into) {
    for (var entry : object.entrySet()) {
      String name = prefix.isEmpty() ? entry.getKey() : prefix + "." + entry.getKey();
      ConfigValue value = entry.getValue();
      if (value.valueType() == ConfigValueType.OBJECT) {
        collect(name, (ConfigObject) value, into);
      } else {
        into.put(name, String.valueOf(value.unwrapped()));
      }
    }
  }

  private <T> Optional<T> read(String key, BiFunction<Config, String, T> reader) {
    known.add(key);
    String quoted = quoted(key);
    if (!config.hasPath(quoted)) {
      return Optional.empty();
    }
    try {
      return Optional.of(reader.apply(config, quoted));
    } catch (ConfigException.WrongType | ConfigException.BadValue e) {
      ConfigValue value = config.getValue(quoted);
      problem(
          key,
          "has a value of the wrong kind ("
              + value.render(com.typesafe.config.ConfigRenderOptions.concise())
              + "): "
              + reason(e));
      return Optional.empty();
    }
  }

  private static String reason(ConfigException e) {
    String message = String.valueOf(e.getMessage());
    int colon = message.lastIndexOf(": ");
    return colon < 0 ? message : message.substring(colon + 2);
  }

  private static String quoted(String key) {
    return com.typesafe.config.ConfigUtil.quoteString(key);
  }

  /** Reports the keys that nobody asked for. */
  @Override
  public void close() {
    for (String key : new TreeSet<>(config.root().keySet())) {
      if (!known.contains(key)) {
        problems.add(
            "unknown key "
                + name(key)
                + NearestName.of(key, known)
                    .map(near -> ", did you mean " + name(near) + "?")
                    .orElse(", known are " + String.join(", ", known)));
      }
    }
  }
}
