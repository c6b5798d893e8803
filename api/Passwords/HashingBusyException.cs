namespace StepCloud.Api.Passwords;

/// <summary>
/// As many passwords as may wait are waiting already: answer 503 with Retry-After. Nothing was hashed, nothing is known of the password.
/// </summary>
public sealed class HashingBusyException() : Exception("Too many passwords wait to be hashed.");
