using System.Security.Cryptography;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Demo;

/// <summary>What a first `./run` begins with: an administrator, and an organization with a site and a user.</summary>
internal sealed class DemoInstallation(InstallationStore installation, IUserRegistry users, IPasswordHasher passwords, TimeProvider clock)
{
    public const string AdministratorEmail = "admin@demo.example";
    public const string OwnerEmail = "owner@demo.example";

    /// <summary>Twenty letters and digits without those that look alike: 98 bits.</summary>
    private const string PasswordAlphabet = "abcdefghijkmnpqrstuvwxyz23456789";

    private const int PasswordChars = 20;

    /// <returns>The passwords, which are told this once; null when the installation has users already.</returns>
    public async Task<DemoPasswords?> CreateAsync(CancellationToken cancellationToken)
    {
        if (!await installation.IsEmptyAsync(cancellationToken)) return null;
        string password = NewPassword();
        NewUser administrator = new(
            UserId.New(clock), null, AdministratorEmail, "Demo administrator", await passwords.HashAsync(password, cancellationToken), [Roles.Administrator]);
        return await CreateAsync(administrator, AuditDoer.System("demo"), cancellationToken) is { } owner ? new DemoPasswords(password, owner) : null;
    }

    /// <summary>With that administrator.</summary>
    /// <returns>The password of the demo's owner; null when the installation has users already.</returns>
    public async Task<string?> CreateAsync(NewUser administrator, AuditDoer doer, CancellationToken cancellationToken)
    {
        string password = NewPassword();
        NewOrganization organization = new(OrganizationId.New(clock), "Demo Dental Laboratory", SiteId.New(clock), "Main workshop");
        NewUser owner = new(UserId.New(clock), organization.Id, OwnerEmail, "Demo owner", await passwords.HashAsync(password, cancellationToken), [Roles.Owner]);
        return await installation.CreateAsync(new NewInstallation(organization, [administrator, owner]), doer, cancellationToken) ? password : null;
    }

    /// <summary>The demo's owner; null in an installation that was not begun by the demo.</summary>
    public async Task<UserRecord?> FindOwnerAsync(CancellationToken cancellationToken) =>
        await users.FindByEmailAsync(OwnerEmail, cancellationToken) is { } id ? await users.FindAsync(id, cancellationToken) : null;

    private static string NewPassword() => RandomNumberGenerator.GetString(PasswordAlphabet, PasswordChars);
}

internal sealed record DemoPasswords(string Administrator, string Owner);
