package io.taskweave.cli.configuration;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Constants of core under the names that configurations have for them. */
final class Named {
  private Named() {}

  /** The constant whose name in lower case, with hyphens, stands under the key. */
  static <E extends Enum<E>> E read(Section section, String key, E defaultValue, E[] constants) {
    List<String> names = Arrays.stream(constants).map(Named::name).toList();
    return constants[names.indexOf(section.choice(key, name(defaultValue), names))];
  }

  /** Constants in the order of a list of names; the default if one is unknown. */
  static <E extends Enum<E>> List<E> readAll(
      Section section, String key, List<E> defaultValue, E[] constants) {
    List<String> names = Arrays.stream(constants).map(Named::name).toList();
    List<String> values =
        section.texts(key, defaultValue.stream().map(value -> name(value)).toList());
    if (!names.containsAll(values)) {
      section.problem(key, "must hold names of " + String.join(", ", names) + " (" + values + ")");
      return defaultValue;
    }
    return values.stream().map(value -> constants[names.indexOf(value)]).toList();
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
