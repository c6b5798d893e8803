namespace StepCloud.Api.Mail;

internal static class MailServices
{
    /// <summary>The queue's sender and what it sends through.</summary>
    public static IServiceCollection AddMail(this IServiceCollection services)
    {
        services.AddOptions<MailOptions>().BindConfiguration(MailOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<MailContents>();
        services.AddSingleton<LinkMails>();
        services.AddSingleton<MailBell>();
        services.AddSingleton<IMailTransport, SmtpTransport>();
        services.AddHostedService<MailSender>();
        return services;
    }
}
