package io.taskweave.cli.configuration;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import io.taskweave.core.error.ConfigurationException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Puts a configuration together. From lowest to highest: built-in defaults, the given file, further
 * files, {@code TASKWEAVE_*} variables, {@code --set key=value}.
 *
 * <p>A variable's name is the key in capitals, with {@code __} for a dot and {@code _} for a
 * hyphen: {@code TASKWEAVE_TRAINING__BATCH_SIZE=512} sets {@code training.batch-size}.
 */
public final class ConfigurationLoader {
  /** Variables of the launcher, which are no keys. */
  private static final List<String> RESERVED =
      List.of("TASKWEAVE_HEAP", "TASKWEAVE_HOME", "TASKWEAVE_JAVA_OPTS");

  private static final String PREFIX = "TASKWEAVE_";

  private final Map<String, String> environment;

  public ConfigurationLoader(Map<String, String> environment) {
    this.environment = new TreeMap<>(environment);
  }

  /**
   * @param files lowest first
   * @param assignments {@code key=value}, later ones win
   * @throws ConfigurationException that names every problem
   */
  public PipelineConfiguration load(List<String> files, List<String> assignments) {
    Config merged = ConfigFactory.empty();
    for (String file : files) {
      merged = parse(file).withFallback(merged);
    }
    merged = fromEnvironment().withFallback(merged);
    for (String assignment : assignments) {
      merged = assignment(assignment).withFallback(merged);
    }
    try {
      return PipelineConfiguration.read(
          merged.resolveWith(
              merged.withFallback(ConfigValueFactory.fromMap(environment).toConfig())));
    } catch (ConfigException.UnresolvedSubstitution e) {
      throw new ConfigurationException(
          "Cannot resolve the configuration: " + e.getMessage() + ", set the variable or use --set",
          e);
    }
  }

  /** Reads the whole configuration of an earlier run from its text. */
  public PipelineConfiguration ofResolved(String resolved) {
    try {
      return PipelineConfiguration.read(ConfigFactory.parseString(resolved));
    } catch (ConfigException e) {
      throw new ConfigurationException(
          "Cannot read the run's configuration: " + e.getMessage() + ", restore resolved.conf", e);
    }
  }

  /** A file as given, or below the folder of the installation. */
  public static Path locate(String file) {
    Path path = Path.of(file);
    String home = System.getenv("TASKWEAVE_HOME");
    if (!Files.exists(path) && !path.isAbsolute() && home != null) {
      Path below = Path.of(home).resolve(file);
      return Files.exists(below) ? below : path;
    }
    return path;
  }

  private static Config parse(String file) {
    Path path = locate(file);
    if (!Files.isRegularFile(path)) {
      throw new ConfigurationException(
          "Cannot read the configuration: no such file ("
              + file
              + "), name one such as conf/demo.conf");
    }
    try {
      // A file name alone has no folder in which the library would look for what it includes.
      return ConfigFactory.parseFile(
          path.toAbsolutePath().toFile(),
          ConfigParseOptions.defaults().setAllowMissing(false).setIncluder(new RequiredIncludes()));
    } catch (ConfigException e) {
      throw new ConfigurationException(
          "Cannot read the configuration: " + e.getMessage() + ", correct it (" + file + ")", e);
    }
  }

  private Config fromEnvironment() {
    Config config = ConfigFactory.empty();
    for (Map.Entry<String, String> entry : environment.entrySet()) {
      String name = entry.getKey();
      if (name.startsWith(PREFIX) && !RESERVED.contains(name)) {
        String key =
            name.substring(PREFIX.length())
                .toLowerCase(Locale.ROOT)
                .replace("__", ".")
                .replace('_', '-');
        config = set(config, name, key, entry.getValue());
      }
    }
    return config;
  }

  private static Config assignment(String assignment) {
    int equals = assignment.indexOf('=');
    if (equals < 1) {
      throw new ConfigurationException(
          "Cannot set a key: no key=value ("
              + assignment
              + "), write --set training.batch-size=512");
    }
    return set(
        ConfigFactory.empty(),
        "--set " + assignment,
        assignment.substring(0, equals).trim(),
        assignment.substring(equals + 1).trim());
  }

  private static Config set(Config config, String source, String key, String value) {
    try {
      List<String> ignored = new ArrayList<>(ConfigUtil.splitPath(key));
      return ignored.isEmpty() ? config : config.withValue(key, value(value));
    } catch (ConfigException e) {
      throw new ConfigurationException(
          "Cannot set a key: " + e.getMessage() + " (" + source + ")", e);
    }
  }

  /**
   * Lists, objects and quoted texts are HOCON; all else is taken as it stands, slashes included.
   */
  private static ConfigValue value(String text) {
    if (text.startsWith("[") || text.startsWith("{") || text.startsWith("\"")) {
      return ConfigFactory.parseString("value = " + text).getValue("value");
    }
    return ConfigValueFactory.fromAnyRef(text);
  }
}
