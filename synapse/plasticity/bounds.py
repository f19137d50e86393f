"""Hard bounds by kind of quantity, and the units of time.

Every bound is finite and inclusive: inside them no equation can overflow or divide by
zero, whatever the combination of values.
"""

Bounds = tuple[float, float]

SECOND = 1e3
MINUTE = 6e4
HOUR = 3.6e6
"""Milliseconds."""

LATEST = 1e12
"""Latest simulated time, ms (30 years): a tick of the shortest length still moves it."""

TIME: Bounds = (1e-3, 1e12)
ACTIVE_STEP: Bounds = (1e-3, 10.0)
INTERVAL: Bounds = (1.0, 10 * MINUTE)
DURATION: Bounds = (0.0, 1e4)
RATE: Bounds = (0.0, 1e3)
DIVISOR_RATE: Bounds = (1e-15, 1e3)
FRACTION: Bounds = (0.0, 1.0)
DIVISOR_FRACTION: Bounds = (1e-3, 0.95)
STEP_FRACTION: Bounds = (1e-3, 1.0)
VOLTAGE: Bounds = (-150.0, 150.0)
AMPLITUDE: Bounds = (0.0, 150.0)
DIVISOR_AMPLITUDE: Bounds = (0.1, 150.0)
VOLTAGE_SLOPE: Bounds = (0.0, 10.0)
CONCENTRATION: Bounds = (0.0, 1e3)
DOPAMINE: Bounds = (0.0, 1e4)
DIVISOR: Bounds = (1e-3, 1e3)
HALF_SATURATION: Bounds = (1e-6, 1e4)
COUNT: Bounds = (1.0, 1e6)
EXPONENT: Bounds = (1.0, 20.0)
INFLUX_EXPONENT: Bounds = (0.0, 20.0)
GAIN: Bounds = (0.0, 1e3)
ACTIVITY: Bounds = (0.0, 1e4)
DIVISOR_ACTIVITY: Bounds = (1e-6, 1e4)
LOWER_LIMIT: Bounds = (0.0, 1.0)
UPPER_LIMIT: Bounds = (1.0, 100.0)
LATE_LOWER_LIMIT: Bounds = (-1.0, 0.0)
LATE_UPPER_LIMIT: Bounds = (0.0, 100.0)
SCALING_LOWER_LIMIT: Bounds = (1e-3, 1.0)
SCALING_UPPER_LIMIT: Bounds = (1.0, 1e3)
COOPERATIVITY: Bounds = (1.0, 1e3)
RELEASE_SITES: Bounds = (0.0, 100.0)
THRESHOLD_GAIN: Bounds = (0.0, 0.95)
INHIBITION: Bounds = (0.0, 0.95)
WAIT: Bounds = (MINUTE, 1e12)
