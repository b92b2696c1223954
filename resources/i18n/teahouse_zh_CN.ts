<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AboutTexts</name>
    <message>
        <source>Teahouse</source>
        <translation>茶馆</translation>
    </message>
    <message>
        <source>Chat with the GLM family of models on your own computer, without the internet.</source>
        <translation>在自己的电脑上与 GLM 系列模型聊天，不需要联网。</translation>
    </message>
    <message>
        <source>Light edition: it opens models in one file.</source>
        <translation>轻量版：可以打开单个文件的模型。</translation>
    </message>
    <message>
        <source>The loaded model</source>
        <translation>已加载的模型</translation>
    </message>
    <message>
        <source>Licences</source>
        <translation>许可证</translation>
    </message>
    <message>
        <source>Teahouse is free software. It is made with the work of many others; these are the main ones.</source>
        <translation>茶馆是自由软件，离不开许多人的成果，主要的列在下面。</translation>
    </message>
    <message>
        <source>Read Teahouse&apos;s licence</source>
        <translation>查看茶馆的许可证</translation>
    </message>
    <message>
        <source>Everything inside and its licences</source>
        <translation>全部软件及其许可证</translation>
    </message>
    <message>
        <source>The list of everything inside comes with the installed program; this one runs from its source.</source>
        <translation>完整清单随安装版一起提供；现在是从源代码运行的。</translation>
    </message>
    <message>
        <source>Public domain</source>
        <translation>公有领域</translation>
    </message>
    <message>
        <source>Version {version}</source>
        <translation>版本 {version}</translation>
    </message>
    <message>
        <source>No program opened the file. It is here:
{path}</source>
        <translation>没有程序能打开这个文件。它在这里：
{path}</translation>
    </message>
</context>
<context>
    <name>AdvancedTexts</name>
    <message>
        <source>Log</source>
        <translation>运行日志</translation>
    </message>
    <message>
        <source>What the program noted of its own work, for whoever looks for a fault. Nothing of what you or the model wrote stands in it.</source>
        <translation>程序对自己运行情况的记录，供查找故障使用。您和模型写的内容都不在里面。</translation>
    </message>
    <message>
        <source>Log files (debug)</source>
        <translation>日志文件（调试）</translation>
    </message>
    <message>
        <source>All settings as at first</source>
        <translation>恢复全部设置</translation>
    </message>
    <message>
        <source>Also what you chose for each model. Conversations, models and what was measured stay as they are.</source>
        <translation>包括您为每个模型所做的选择。对话、模型和测量结果都保持原样。</translation>
    </message>
    <message>
        <source>Reset to defaults</source>
        <translation>恢复默认设置</translation>
    </message>
    <message>
        <source>Technical details</source>
        <translation>技术信息</translation>
    </message>
    <message>
        <source>For a report of a fault: the versions of the program and its parts.</source>
        <translation>报告问题时用得上：程序及其各部分的版本。</translation>
    </message>
    <message>
        <source>Versions of Python, Qt and torch</source>
        <translation>各个组件的版本号</translation>
    </message>
    <message>
        <source>Open log folder</source>
        <translation>打开日志文件夹</translation>
    </message>
    <message>
        <source>Reset all settings</source>
        <translation>全部恢复默认</translation>
    </message>
    <message>
        <source>All settings are as they were at first.</source>
        <translation>全部设置已恢复为最初的样子。</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copied.</source>
        <translation>已复制。</translation>
    </message>
</context>
<context>
    <name>BadFiles</name>
    <message>
        <source>and {count} more, in the list of files</source>
        <translation>还有 {count} 个文件，见文件列表</translation>
    </message>
    <message>
        <source>{file} {state}</source>
        <comment>{state}: is missing, is cut short, …</comment>
        <translation>{file}：{state}</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Close this message</source>
        <translation>关闭这条提示</translation>
    </message>
</context>
<context>
    <name>BugDialog</name>
    <message>
        <source>Something went wrong in Teahouse</source>
        <translation>茶馆出了点问题</translation>
    </message>
    <message>
        <source>This was our mistake, not yours. What you wrote is stored, and you can go on. If you like, copy the report and send it to the makers: no word of yours is in it.</source>
        <translation>这是我们的错，不是您的。您写的内容都已保存，可以继续使用。如果愿意，请复制这份报告发给开发者：里面没有您写过的任何一个字。</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>报告</translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation>复制报告</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续使用</translation>
    </message>
</context>
<context>
    <name>ByteCheck</name>
    <message>
        <source>Checking every byte…</source>
        <translation>正在逐字节检查…</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Cancel the check</source>
        <translation>取消检查</translation>
    </message>
</context>
<context>
    <name>CatalogRow</name>
    <message>
        <source>Recommended for this computer</source>
        <translation>为这台电脑推荐</translation>
    </message>
    <message>
        <source>Hide addresses and licence</source>
        <translation>收起地址和许可</translation>
    </message>
    <message>
        <source>Addresses and licence</source>
        <translation>下载地址和许可</translation>
    </message>
</context>
<context>
    <name>CatalogView</name>
    <message>
        <source>Back (Esc)</source>
        <translation>返回（Esc）</translation>
    </message>
    <message>
        <source>Models and where to get them</source>
        <translation>有哪些模型，到哪里下载</translation>
    </message>
</context>
<context>
    <name>Composer</name>
    <message>
        <source>Editing an earlier message; the old version is kept.</source>
        <translation>正在修改之前的消息，原来的版本会保留。</translation>
    </message>
    <message>
        <source>Write something… Enter sends, Shift+Enter makes a new line</source>
        <translation>写点什么…&#x3000;回车发送，Shift+回车换行</translation>
    </message>
    <message>
        <source>Write something…</source>
        <translation>写点什么…</translation>
    </message>
    <message>
        <source>Your message</source>
        <translation>您的消息</translation>
    </message>
    <message>
        <source>Send (Enter)</source>
        <translation>发送（回车）</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Stop the answer (Esc)</source>
        <translation>停止回答（Esc）</translation>
    </message>
    <message>
        <source>Stop the answer</source>
        <translation>停止回答</translation>
    </message>
    <message>
        <source>How answers are written…</source>
        <translation>回答的方式…</translation>
    </message>
    <message>
        <source>Settings for answers</source>
        <translation>回答设置</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>ComputingTexts</name>
    <message>
        <source>Automatic: {count}</source>
        <translation>自动：{count}</translation>
    </message>
    <message>
        <source>1 thread</source>
        <translation>1 个线程</translation>
    </message>
    <message>
        <source>{count} threads</source>
        <translation>{count} 个线程</translation>
    </message>
    <message>
        <source>The processor is used with {threads}.</source>
        <translation>由处理器计算，使用 {threads}。</translation>
    </message>
    <message>
        <source>No NVIDIA graphics card that can be used was found.</source>
        <translation>没有找到可以使用的英伟达显卡。</translation>
    </message>
    <message>
        <source>{card} is not used.</source>
        <translation>不使用 {card}。</translation>
    </message>
    <message>
        <source>The files of this model are made for the processor, which is used with {threads}.</source>
        <translation>这个模型的文件是为处理器准备的，由处理器计算，使用 {threads}。</translation>
    </message>
    <message>
        <source>{card} is used as far as the model fits into its memory; for the rest the processor with {threads}.</source>
        <translation>模型在显存里放得下的部分由 {card} 计算，其余由处理器计算，使用 {threads}。</translation>
    </message>
    <message>
        <source>Needs an NVIDIA graphics card with its driver, and an installation of Teahouse that can use it.</source>
        <translation>需要装好驱动程序的英伟达显卡，以及能够使用显卡的茶馆安装版本。</translation>
    </message>
</context>
<context>
    <name>ContextMeter</name>
    <message>
        <source>{used} / {total}</source>
        <translation>{used} / {total}</translation>
    </message>
    <message>
        <source>room for {total} tokens</source>
        <translation>可容纳 {total} 个词元</translation>
    </message>
    <message>
        <source>uses {used} of {total} tokens</source>
        <translation>已用 {used} 个词元，共 {total} 个</translation>
    </message>
    <message>
        <source>Nearly full: soon the model will no longer see the oldest messages.</source>
        <translation>快满了：模型很快就看不到最早的消息了。</translation>
    </message>
    <message>
        <source>Memory of the conversation</source>
        <translation>对话的记忆量</translation>
    </message>
</context>
<context>
    <name>ConversationDelegate</name>
    <message>
        <source>Title of the conversation</source>
        <translation>对话标题</translation>
    </message>
</context>
<context>
    <name>ConversationList</name>
    <message>
        <source>Conversations</source>
        <translation>对话列表</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation>取消置顶</translation>
    </message>
    <message>
        <source>Pin to the top</source>
        <translation>置顶</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
</context>
<context>
    <name>ConversationModel</name>
    <message>
        <source>pinned</source>
        <translation>已置顶</translation>
    </message>
    <message>
        <source>open</source>
        <translation>当前对话</translation>
    </message>
    <message>
        <source>an answer is being written</source>
        <translation>正在写回答</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
</context>
<context>
    <name>CopyButton</name>
    <message>
        <source>Copied ✓</source>
        <translation>已复制 ✓</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy the address: {name}</source>
        <translation>复制地址：{name}</translation>
    </message>
</context>
<context>
    <name>DeletedModel</name>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>deleted {date}</source>
        <comment>date: a time of today, or a day</comment>
        <translation>{date} 删除</translation>
    </message>
</context>
<context>
    <name>DoctorTexts</name>
    <message>
        <source>Teahouse {app} on {system}, with Python {python}. {parts}</source>
        <translation>茶馆 {app}，运行在 {system}，Python {python}。{parts}</translation>
    </message>
    <message>
        <source>Teahouse is installed.</source>
        <translation>茶馆已安装。</translation>
    </message>
    <message>
        <source>The memory is {total}, with {available} free: enough for most models.</source>
        <translation>内存 {total}，空闲 {available}：大多数模型都够用。</translation>
    </message>
    <message>
        <source>There is enough memory for most models.</source>
        <translation>内存足够大多数模型使用。</translation>
    </message>
    <message>
        <source>The memory is {total}, with {available} free: small models fit best.</source>
        <translation>内存 {total}，空闲 {available}：适合用小模型。</translation>
    </message>
    <message>
        <source>The memory is limited: small models fit best.</source>
        <translation>内存有限，适合用小模型。</translation>
    </message>
    <message>
        <source>The memory is {total}, and about {needed} are needed: only the smallest models can run.</source>
        <translation>内存只有 {total}，大约需要 {needed}：只能运行最小的模型。</translation>
    </message>
    <message>
        <source>There is very little memory: only the smallest models can run.</source>
        <translation>内存很少，只能运行最小的模型。</translation>
    </message>
    <message>
        <source>The processor can run models: {name}, cores: {cores}.</source>
        <translation>处理器可以运行模型：{name}，{cores} 个核心。</translation>
    </message>
    <message>
        <source>The processor can run models.</source>
        <translation>处理器可以运行模型。</translation>
    </message>
    <message>
        <source>The processor runs models well: {name}, cores: {cores}.</source>
        <translation>处理器很适合运行模型：{name}，{cores} 个核心。</translation>
    </message>
    <message>
        <source>The processor runs models well.</source>
        <translation>处理器很适合运行模型。</translation>
    </message>
    <message>
        <source>The processor is too old to run models: {name}.</source>
        <translation>处理器太旧，不能运行模型：{name}。</translation>
    </message>
    <message>
        <source>The processor is too old to run models.</source>
        <translation>处理器太旧，不能运行模型。</translation>
    </message>
    <message>
        <source>It could not be told whether the processor can run models: {name}.</source>
        <translation>无法判断处理器能否运行模型：{name}。</translation>
    </message>
    <message>
        <source>It could not be told whether the processor can run models.</source>
        <translation>无法判断处理器能否运行模型。</translation>
    </message>
    <message>
        <source>Open the models folder</source>
        <translation>打开模型文件夹</translation>
    </message>
    <message>
        <source>Open the data folder</source>
        <translation>打开数据文件夹</translation>
    </message>
    <message>
        <source>Open the log folder</source>
        <translation>打开日志文件夹</translation>
    </message>
    <message>
        <source>Add a model…</source>
        <translation>添加模型…</translation>
    </message>
    <message>
        <source>Show your models</source>
        <translation>查看模型</translation>
    </message>
    <message>
        <source>Show precision and context length</source>
        <translation>查看精度和上下文长度</translation>
    </message>
    <message>
        <source>Show storage and backup</source>
        <translation>查看存储与备份</translation>
    </message>
    <message>
        <source>Choose INT8</source>
        <translation>改用 INT8</translation>
    </message>
    <message>
        <source>Remove them…</source>
        <translation>移除…</translation>
    </message>
    <message>
        <source>Remove the damaged list…</source>
        <translation>移除损坏的清单…</translation>
    </message>
    <message>
        <source>Let only my account read it</source>
        <translation>只允许我的账户读取</translation>
    </message>
    <message>
        <source>Other programs take nearly all of the memory: {available} of {total} are free. Closing some of them makes room for the model.</source>
        <translation>其他程序几乎占满了内存：共 {total}，只剩 {available}。关闭一些程序，就能给模型腾出空间。</translation>
    </message>
    <message>
        <source>Other programs take nearly all of the memory. Closing some of them makes room for the model.</source>
        <translation>其他程序几乎占满了内存。关闭一些程序，就能给模型腾出空间。</translation>
    </message>
    <message>
        <source>The graphics card can help: {name}, with {total} of memory.</source>
        <translation>显卡可以帮忙：{name}，显存 {total}。</translation>
    </message>
    <message>
        <source>The graphics card can help.</source>
        <translation>显卡可以帮忙。</translation>
    </message>
    <message>
        <source>There is a driver for a graphics card, but it does not answer. Models run on the processor; installing the driver once more usually helps.</source>
        <translation>这里装有显卡驱动，但它没有响应。模型改在处理器上运行；重新安装驱动通常能解决。</translation>
    </message>
    <message>
        <source>The driver of the graphics card is too old (version {version}). Models run on the processor until a newer one is installed.</source>
        <translation>显卡驱动太旧（版本 {version}）。装上新驱动之前，模型在处理器上运行。</translation>
    </message>
    <message>
        <source>The driver of the graphics card is too old. Models run on the processor until a newer one is installed.</source>
        <translation>显卡驱动太旧。装上新驱动之前，模型在处理器上运行。</translation>
    </message>
    <message>
        <source>The model ended by itself on {at}. What was written is kept; if it happens again, the log tells more.</source>
        <translation>模型在 {at} 意外退出。已写下的内容都在；如果再次发生，日志里有更多说明。</translation>
    </message>
    <message>
        <source>The model ended by itself. What was written is kept; if it happens again, the log tells more.</source>
        <translation>模型曾意外退出。已写下的内容都在；如果再次发生，日志里有更多说明。</translation>
    </message>
    <message>
        <source>The memory was used up on {at}, and the system ended the model. A smaller precision or a shorter context length helps.</source>
        <translation>{at} 内存用尽，系统结束了模型。降低精度或缩短上下文会有帮助。</translation>
    </message>
    <message>
        <source>The memory was used up, and the system ended the model. A smaller precision or a shorter context length helps.</source>
        <translation>内存曾经用尽，系统结束了模型。降低精度或缩短上下文会有帮助。</translation>
    </message>
    <message>
        <source>Models at INT8 answer faster here than at INT4 (in a short test {int8} ms against {int4} ms). INT8 is the better choice where the memory is enough.</source>
        <translation>在这台电脑上，INT8 的模型比 INT4 回答得更快（短测试中分别为 {int8} 毫秒和 {int4} 毫秒）。内存够用时，INT8 是更好的选择。</translation>
    </message>
    <message>
        <source>Models at INT8 answer faster here than at INT4.</source>
        <translation>在这台电脑上，模型用 INT8 比用 INT4 回答得更快。</translation>
    </message>
    <message>
        <source>Chinese can be displayed.</source>
        <translation>可以显示中文。</translation>
    </message>
    <message>
        <source>There is no font with Chinese characters; installing Noto Sans CJK helps.</source>
        <translation>没有中文字体，安装 Noto Sans CJK 即可。</translation>
    </message>
    <message>
        <source>There is a display for the window.</source>
        <translation>有可以显示窗口的屏幕。</translation>
    </message>
    <message>
        <source>There is no display for a window; you can chat in the terminal instead.</source>
        <translation>没有可以显示窗口的屏幕，您可以改在终端里聊天。</translation>
    </message>
    <message>
        <source>There is room for models: {free} in {path}.</source>
        <translation>有地方放模型：{path} 里还有 {free}。</translation>
    </message>
    <message>
        <source>There is room for models.</source>
        <translation>有地方放模型。</translation>
    </message>
    <message>
        <source>There is room for small models only: {free} in {path}.</source>
        <translation>只放得下小模型：{path} 里还有 {free}。</translation>
    </message>
    <message>
        <source>There is room for small models only.</source>
        <translation>只放得下小模型。</translation>
    </message>
    <message>
        <source>The disk is nearly full: {free} left in {path}. Please make some room.</source>
        <translation>磁盘快满了：{path} 里只剩 {free}。请腾出一些空间。</translation>
    </message>
    <message>
        <source>The disk is nearly full. Please make some room.</source>
        <translation>磁盘快满了，请腾出一些空间。</translation>
    </message>
    <message>
        <source>Your conversations can be saved in {path}.</source>
        <translation>对话可以保存在 {path}。</translation>
    </message>
    <message>
        <source>Your conversations can be saved.</source>
        <translation>对话可以保存。</translation>
    </message>
    <message>
        <source>Your conversations cannot be saved: Teahouse may not write into {path}.</source>
        <translation>对话无法保存：茶馆不能写入 {path}。</translation>
    </message>
    <message>
        <source>Your conversations cannot be saved: Teahouse may not write there.</source>
        <translation>对话无法保存：茶馆不能写入数据文件夹。</translation>
    </message>
    <message>
        <source>Models that can be used: {count}, in {path}.</source>
        <translation>可以使用的模型：{count} 个，在 {path}。</translation>
    </message>
    <message>
        <source>There are models that can be used.</source>
        <translation>有可以使用的模型。</translation>
    </message>
    <message>
        <source>There is no model yet. It will be kept in {path}.</source>
        <translation>还没有模型。模型会保存在 {path}。</translation>
    </message>
    <message>
        <source>There is no model yet.</source>
        <translation>还没有模型。</translation>
    </message>
    <message>
        <source>This is the light edition of Teahouse: it opens models in one file (.gguf). Models in folders need the full edition.</source>
        <translation>这是茶馆轻量版，只能打开单个文件的模型。文件夹形式的模型需要完整版。</translation>
    </message>
    <message>
        <source>The folder with your models is not there: {path}. Connect its disk and check again.</source>
        <translation>找不到模型文件夹：{path}。请接上它所在的磁盘，再检查一次。</translation>
    </message>
    <message>
        <source>The folder with your models is not there. Connect its disk and check again.</source>
        <translation>找不到模型文件夹。请接上它所在的磁盘，再检查一次。</translation>
    </message>
    <message>
        <source>The model &quot;{id}&quot; is not where it was: {path}. Connect its disk, or take it off the list.</source>
        <translation>模型“{id}”不在原来的位置：{path}。请接上它所在的磁盘，或把它从列表移除。</translation>
    </message>
    <message>
        <source>A model is not where it was. Connect its disk, or take it off the list.</source>
        <translation>有一个模型不在原来的位置。请接上它所在的磁盘，或把它从列表移除。</translation>
    </message>
    <message>
        <source>The model &quot;{id}&quot; has changed since it was published or first read: {files}. Please get it once more.</source>
        <translation>模型“{id}”与发布时或首次读取时不一样了：{files}。请重新获取。</translation>
    </message>
    <message>
        <source>A model has changed since it was published or first read. Please get it once more.</source>
        <translation>有一个模型与发布时或首次读取时不一样了。请重新获取。</translation>
    </message>
    <message>
        <source>Models of which every byte was read and is as it should be: {count}.</source>
        <translation>逐字节读过、内容无误的模型：{count} 个。</translation>
    </message>
    <message>
        <source>Every byte of the models is as it should be.</source>
        <translation>模型的每个字节都正确无误。</translation>
    </message>
    <message>
        <source>The list of your models could not be read and was set aside. Models that were used where they lie have to be added again.</source>
        <translation>模型清单无法读取，已放到一边。原地使用的模型需要重新添加。</translation>
    </message>
    <message>
        <source>Copies of models that were never finished take {size} and are of no use.</source>
        <translation>没有完成的模型副本占用 {size}，已没有用处。</translation>
    </message>
    <message>
        <source>Copies of models that were never finished are of no use.</source>
        <translation>没有完成的模型副本已没有用处。</translation>
    </message>
    <message>
        <source>Prepared copies whose models are gone take {size}.</source>
        <translation>原模型已不在的备好副本占用 {size}。</translation>
    </message>
    <message>
        <source>There are prepared copies whose models are gone.</source>
        <translation>有些备好的副本，原模型已不在。</translation>
    </message>
    <message>
        <source>There is no room for the prepared copy of &quot;{id}&quot;: it takes about {size}, and {free} are free. Without it each load takes longer.</source>
        <translation>放不下“{id}”备好的副本：约需 {size}，只剩 {free}。没有它，每次载入都会更慢。</translation>
    </message>
    <message>
        <source>There is no room for the prepared copy of the model. Without it each load takes longer.</source>
        <translation>放不下模型备好的副本。没有它，每次载入都会更慢。</translation>
    </message>
    <message>
        <source>The file with your conversations is sound.</source>
        <translation>对话文件完好。</translation>
    </message>
    <message>
        <source>The file with your conversations is damaged: {path}. Teahouse mends it at the next start, with its newest safety copy.</source>
        <translation>对话文件已损坏：{path}。茶馆会在下次启动时用最新的安全副本修复它。</translation>
    </message>
    <message>
        <source>The file with your conversations is damaged. Teahouse mends it at the next start, with its newest safety copy.</source>
        <translation>对话文件已损坏。茶馆会在下次启动时用最新的安全副本修复它。</translation>
    </message>
    <message>
        <source>The note where your folders are cannot be read: {path}. At its next start Teahouse asks for the folder with your conversations.</source>
        <translation>记录文件夹位置的文件无法读取：{path}。茶馆下次启动时会询问对话所在的文件夹。</translation>
    </message>
    <message>
        <source>The note where your folders are cannot be read. At its next start Teahouse asks for the folder with your conversations.</source>
        <translation>记录文件夹位置的文件无法读取。茶馆下次启动时会询问对话所在的文件夹。</translation>
    </message>
    <message>
        <source>Only your account can read what you wrote.</source>
        <translation>您写的内容只有您的账户可以读取。</translation>
    </message>
    <message>
        <source>Other accounts on this computer can read &quot;{kind}&quot;: {path}</source>
        <translation>这台电脑上的其他账户可以读取“{kind}”：{path}</translation>
    </message>
    <message>
        <source>Other accounts on this computer can read files of yours.</source>
        <translation>这台电脑上的其他账户可以读取您的文件。</translation>
    </message>
    <message>
        <source>A model cannot be used: {path}</source>
        <translation>有一个模型无法使用：{path}</translation>
    </message>
    <message>
        <source>A model cannot be used.</source>
        <translation>有一个模型无法使用。</translation>
    </message>
    <message>
        <source>The small trial model (English only) is there and sound.</source>
        <translation>试用小模型（仅英文）在，并且完好。</translation>
    </message>
    <message>
        <source>The small trial model (English only) is not there; other models work without it.</source>
        <translation>试用小模型（仅英文）不在；没有它，其他模型也能用。</translation>
    </message>
    <message>
        <source>The small trial model (English only) is damaged. Please get it once more: {path}</source>
        <translation>试用小模型（仅英文）已损坏，请重新获取：{path}</translation>
    </message>
    <message>
        <source>The small trial model (English only) is damaged.</source>
        <translation>试用小模型（仅英文）已损坏。</translation>
    </message>
    <message>
        <source>Needs your attention</source>
        <translation>需要处理</translation>
    </message>
    <message>
        <source>Worth knowing</source>
        <translation>值得了解</translation>
    </message>
    <message>
        <source>In order</source>
        <translation>正常</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>重新检查</translation>
    </message>
    <message>
        <source>Also read every byte of the models</source>
        <translation>同时逐字节检查模型</translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation>复制报告</translation>
    </message>
    <message>
        <source>The report is for whoever helps you. No word of your conversations is in it, and it goes nowhere by itself.</source>
        <translation>报告是给帮您解决问题的人看的：里面没有对话中的任何内容，也不会自己发送到任何地方。</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>正在检查…</translation>
    </message>
    <message>
        <source>The check was cancelled; what it found so far stands below.</source>
        <translation>检查已取消；下面是到那时为止的结果。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Remove the unfinished copies ({count}, {size})?</source>
        <translation>移除没有完成的副本（{count} 份，共 {size}）？</translation>
    </message>
    <message>
        <source>Remove the prepared copies without a model ({count}, {size})?</source>
        <translation>移除没有模型的备好副本（{count} 份，共 {size}）？</translation>
    </message>
    <message>
        <source>Remove the damaged list of models ({count})?</source>
        <translation>移除损坏的模型清单（{count} 份）？</translation>
    </message>
    <message>
        <source>The models that they were made from stay where they are. They lie in {path}.</source>
        <translation>制作副本所用的原模型不受影响。副本在 {path}。</translation>
    </message>
    <message>
        <source>They can be made again when the model is back. They lie in {path}.</source>
        <translation>模型回来后可以重新制作。副本在 {path}。</translation>
    </message>
    <message>
        <source>The models themselves stay. Which ones were used where they lie can then be read nowhere any more; the list lies in {path}.</source>
        <translation>模型本身不受影响。但移除后，就再也查不到哪些模型是原地使用的；清单在 {path}。</translation>
    </message>
    <message>
        <source>The unfinished copies are removed: {size} are free again.</source>
        <translation>没有完成的副本已移除，腾出了 {size}。</translation>
    </message>
    <message>
        <source>The prepared copies without a model are removed: {size} are free again.</source>
        <translation>没有模型的备好副本已移除，腾出了 {size}。</translation>
    </message>
    <message>
        <source>The damaged list is removed.</source>
        <translation>损坏的清单已移除。</translation>
    </message>
    <message>
        <source>Only your account can read it now.</source>
        <translation>现在只有您的账户可以读取。</translation>
    </message>
    <message>
        <source>INT8 is chosen for this model.</source>
        <translation>这个模型已改用 INT8。</translation>
    </message>
    <message>
        <source>That did not help: the system did not allow it, or something else is using the files.</source>
        <translation>没有成功：系统不允许，或者有别的程序正在使用这些文件。</translation>
    </message>
    <message>
        <source>One thing needs your attention.</source>
        <translation>有 1 项需要处理。</translation>
    </message>
    <message>
        <source>{count} things need your attention.</source>
        <translation>有 {count} 项需要处理。</translation>
    </message>
    <message>
        <source>Everything works. One thing is worth knowing.</source>
        <translation>一切都能用，有 1 点值得了解。</translation>
    </message>
    <message>
        <source>Everything works. {count} things are worth knowing.</source>
        <translation>一切都能用，有 {count} 点值得了解。</translation>
    </message>
    <message>
        <source>Everything is in order.</source>
        <translation>一切正常。</translation>
    </message>
    <message>
        <source>Report of Teahouse</source>
        <translation>茶馆检查报告</translation>
    </message>
</context>
<context>
    <name>DropOverlay</name>
    <message>
        <source>Drop to add the model</source>
        <translation>松开鼠标，添加模型</translation>
    </message>
</context>
<context>
    <name>EmptyState</name>
    <message>
        <source>What would you like to talk about?</source>
        <translation>今天想聊点什么？</translation>
    </message>
    <message>
        <source>Everything stays on this computer: no sign-in, and nothing you write ever leaves it.</source>
        <translation>一切都留在这台电脑上：不用登录，您写的文字不会离开这里。</translation>
    </message>
    <message>
        <source>I already have model files</source>
        <translation>我已有模型文件</translation>
    </message>
</context>
<context>
    <name>ErrorTexts</name>
    <message>
        <source>Try again</source>
        <translation>再试一次</translation>
    </message>
    <message>
        <source>Choose another model</source>
        <translation>换一个模型</translation>
    </message>
    <message>
        <source>Add a model</source>
        <translation>添加模型</translation>
    </message>
    <message>
        <source>Open the models folder</source>
        <translation>打开模型文件夹</translation>
    </message>
    <message>
        <source>Open the data folder</source>
        <translation>打开数据文件夹</translation>
    </message>
    <message>
        <source>Open the settings</source>
        <translation>打开设置</translation>
    </message>
    <message>
        <source>Edit the message</source>
        <translation>修改消息</translation>
    </message>
    <message>
        <source>Load it as chosen anyway</source>
        <translation>仍按所选方式加载</translation>
    </message>
    <message>
        <source>The model ended unexpectedly. Everything written so far is kept, and the model starts again with your next try.</source>
        <translation>模型意外停止了。已经写出的内容都在，再试一次时模型会重新启动。</translation>
    </message>
    <message>
        <source>The part of Teahouse that runs models could not start. Your conversations are safe and can be read as always.</source>
        <translation>茶馆里负责运行模型的部分没能启动。您的对话都安好，可以照常查看。</translation>
    </message>
    <message>
        <source>The processor of this computer is too old for this kind of model, so it cannot run here. Your conversations are safe.</source>
        <translation>这台电脑的处理器太旧，这类模型在这里运行不了。您的对话都安好。</translation>
    </message>
    <message>
        <source>The model &quot;{name}&quot; is not where it was. Put it back into the models folder, or choose another model.</source>
        <translation>模型“{name}”不在原来的位置了。请把它放回模型文件夹，或者换一个模型。</translation>
    </message>
    <message>
        <source>The model is not where it was. Put it back into the models folder, or choose another model.</source>
        <translation>模型不在原来的位置了。请把它放回模型文件夹，或者换一个模型。</translation>
    </message>
    <message>
        <source>The model &quot;{name}&quot; could not be read. Check that its disk is connected and that you may open it.</source>
        <translation>模型“{name}”读不出来。请看看它所在的磁盘是否连着，以及您是否有权打开它。</translation>
    </message>
    <message>
        <source>The model could not be read. Check that its disk is connected and that you may open it.</source>
        <translation>模型读不出来。请看看它所在的磁盘是否连着，以及您是否有权打开它。</translation>
    </message>
    <message>
        <source>The model &quot;{name}&quot; is incomplete: {actual} of {expected} are there. Please get the file once more.</source>
        <translation>模型“{name}”不完整：只有 {actual}，应有 {expected}。请重新获取这个文件。</translation>
    </message>
    <message>
        <source>The file of the model is incomplete. Please get it once more.</source>
        <translation>模型文件不完整，请重新获取。</translation>
    </message>
    <message>
        <source>&quot;{name}&quot; is not a model that can be used here. It was left as it is.</source>
        <translation>“{name}”不是茶馆能用的模型，它没有被改动。</translation>
    </message>
    <message>
        <source>This file is not a model that can be used here. It was left as it is.</source>
        <translation>这个文件不是茶馆能用的模型，它没有被改动。</translation>
    </message>
    <message>
        <source>Teahouse cannot run the model &quot;{name}&quot; yet. It was left as it is; another model will do.</source>
        <translation>茶馆还不能运行模型“{name}”，它没有被改动。换一个模型就好。</translation>
    </message>
    <message>
        <source>Teahouse cannot run this model yet. It was left as it is; another model will do.</source>
        <translation>茶馆还不能运行这个模型，它没有被改动。换一个模型就好。</translation>
    </message>
    <message>
        <source>This is the light edition of Teahouse: it opens models in one file (.gguf), and &quot;{name}&quot; is a folder. Install the full edition to use it; your conversations and models stay.</source>
        <translation>这是茶馆轻量版，只能打开单个文件的模型，而“{name}”是一个文件夹。安装完整版后就能使用它，对话和模型都会保留。</translation>
    </message>
    <message>
        <source>This is the light edition of Teahouse: it opens models in one file (.gguf). Install the full edition to use models in folders; your conversations and models stay.</source>
        <translation>这是茶馆轻量版，只能打开单个文件的模型。安装完整版后就能使用文件夹形式的模型，对话和模型都会保留。</translation>
    </message>
    <message>
        <source>The model &quot;{name}&quot; could not be loaded: its file may be damaged. Your conversations are safe.</source>
        <translation>模型“{name}”没能载入，文件可能已损坏。您的对话都安好。</translation>
    </message>
    <message>
        <source>The model could not be loaded: its file may be damaged. Your conversations are safe.</source>
        <translation>模型没能载入，文件可能已损坏。您的对话都安好。</translation>
    </message>
    <message>
        <source>There is no model here yet that can answer. Add one; what you write is kept.</source>
        <translation>这里还没有能回答的模型。请添加一个；您写的内容会保留。</translation>
    </message>
    <message>
        <source>This model cannot be used with the precision {precision}, only with {available}.</source>
        <translation>这个模型不能用 {precision} 精度运行，只能用 {available}。</translation>
    </message>
    <message>
        <source>This model cannot be used with the chosen precision.</source>
        <translation>这个模型不能用所选的精度运行。</translation>
    </message>
    <message>
        <source>The model pack &quot;{name}&quot; is damaged: it was not copied completely, or was changed on its way. Nothing of it was taken over. Please copy the pack again, or make it anew.</source>
        <translation>模型包“{name}”已损坏：可能没有复制完整，或者在途中变了样。没有导入其中任何内容。请重新复制一次，或者重新制作模型包。</translation>
    </message>
    <message>
        <source>The model pack is damaged: it was not copied completely, or was changed on its way. Nothing of it was taken over. Please copy the pack again, or make it anew.</source>
        <translation>模型包已损坏：可能没有复制完整，或者在途中变了样。没有导入其中任何内容。请重新复制一次，或者重新制作模型包。</translation>
    </message>
    <message>
        <source>The model pack &quot;{name}&quot; was made by a newer Teahouse than this one. Bring the newer Teahouse to this computer, too, and it will open the pack.</source>
        <translation>模型包“{name}”是用更新版本的茶馆制作的。请把新版茶馆也带到这台电脑上，就能打开它。</translation>
    </message>
    <message>
        <source>The model pack was made by a newer Teahouse than this one. Bring the newer Teahouse to this computer, too, and it will open the pack.</source>
        <translation>模型包是用更新版本的茶馆制作的。请把新版茶馆也带到这台电脑上，就能打开它。</translation>
    </message>
    <message>
        <source>That disk takes no file larger than 4 GB, and one of {size} was to be written, so nothing was. Choose another disk, or have this one formatted as exFAT, which erases what is on it.</source>
        <translation>这个磁盘放不下超过 4 GB 的文件，而要写入的文件有 {size}，所以什么都没有写入。请换一个磁盘，或者把它格式化为 exFAT（上面的内容会被清除）。</translation>
    </message>
    <message>
        <source>That disk takes no file as large as was to be written, so nothing was. Choose another disk; one that is formatted as FAT32 takes no file above 4 GB.</source>
        <translation>这个磁盘放不下这么大的文件，所以什么都没有写入。请换一个磁盘；格式为 FAT32 的磁盘放不下超过 4 GB 的文件。</translation>
    </message>
    <message>
        <source>The download of &quot;{name}&quot; brought only short notes in place of its large files. Please download the large files too.</source>
        <translation>“{name}”的大文件没有真正下载下来，里面只有几行说明。请把大文件也下载下来。</translation>
    </message>
    <message>
        <source>The download of the model brought only short notes in place of its large files. Please download the large files too.</source>
        <translation>模型的大文件没有真正下载下来，里面只有几行说明。请把大文件也下载下来。</translation>
    </message>
    <message>
        <source>Some files of the model &quot;{name}&quot; are missing or cut short. Please download it again, with all of its files.</source>
        <translation>模型“{name}”有文件缺失或不完整。请重新下载，并且一个文件都不要少。</translation>
    </message>
    <message>
        <source>Some files of the model are missing or cut short. Please download it again, with all of its files.</source>
        <translation>模型有文件缺失或不完整。请重新下载，并且一个文件都不要少。</translation>
    </message>
    <message>
        <source>There is something in &quot;{name}&quot; that could run as a program and harm this computer, so it was not opened. Choose another model, or get this one from its publisher.</source>
        <translation>“{name}”里夹带了可以当作程序运行的内容，可能损害这台电脑，所以没有打开它。请换一个模型，或者从发布者那里重新获取。</translation>
    </message>
    <message>
        <source>There is something in the model that could run as a program and harm this computer, so it was not opened. Choose another model, or get this one from its publisher.</source>
        <translation>这个模型里夹带了可以当作程序运行的内容，可能损害这台电脑，所以没有打开它。请换一个模型，或者从发布者那里重新获取。</translation>
    </message>
    <message>
        <source>The files around &quot;{name}&quot; do not belong together: they come from different models. Please download the model again, into an empty folder.</source>
        <translation>“{name}”和旁边的文件不是一套，它们来自不同的模型。请把模型重新下载到一个空文件夹里。</translation>
    </message>
    <message>
        <source>The files of the model do not belong together: they come from different models. Please download it again, into an empty folder.</source>
        <translation>这个模型的文件不是一套，它们来自不同的模型。请把它重新下载到一个空文件夹里。</translation>
    </message>
    <message>
        <source>Some files of the model &quot;{name}&quot; are only links to another place, so they were not opened. Put the files themselves into its folder.</source>
        <translation>模型“{name}”的一些文件只是指向别处的链接，所以没有打开。请把这些文件本身放进它的文件夹。</translation>
    </message>
    <message>
        <source>Some files of the model are only links to another place, so they were not opened. Put the files themselves into its folder.</source>
        <translation>模型的一些文件只是指向别处的链接，所以没有打开。请把这些文件本身放进它的文件夹。</translation>
    </message>
    <message>
        <source>The files of the model &quot;{name}&quot; are not what they should be: they were damaged on their way, or changed while they were read. Please get the model again.</source>
        <translation>模型“{name}”的文件和应有的内容不一致：可能在传输途中损坏了，或者在读取时被改动了。请重新获取这个模型。</translation>
    </message>
    <message>
        <source>The files of the model are not what they should be: they were damaged on their way, or changed while they were read. Please get the model again.</source>
        <translation>模型的文件和应有的内容不一致：可能在传输途中损坏了，或者在读取时被改动了。请重新获取这个模型。</translation>
    </message>
    <message>
        <source>&quot;{name}&quot; differs from what was published, so the model was not copied. Download this file again; if you changed the model yourself, use it where it is.</source>
        <translation>“{name}”与发布的文件不一致，所以没有复制这个模型。请重新下载这个文件；如果是您自己改动过的模型，可以直接在原处使用。</translation>
    </message>
    <message>
        <source>A file differs from what was published, so the model was not copied. Download it again; if you changed the model yourself, use it where it is.</source>
        <translation>有一个文件与发布的不一致，所以没有复制这个模型。请重新下载这个文件；如果是您自己改动过的模型，可以直接在原处使用。</translation>
    </message>
    <message>
        <source>The model &quot;{name}&quot; is damaged inside and could only write nonsense, so it was not used. Choose another model, or download this one again.</source>
        <translation>模型“{name}”的内容已损坏，只会写出胡话，所以没有使用它。请换一个模型，或者把它重新下载一次。</translation>
    </message>
    <message>
        <source>The model is damaged inside and could only write nonsense, so it was not used. Choose another model, or download this one again.</source>
        <translation>模型的内容已损坏，只会写出胡话，所以没有使用它。请换一个模型，或者把它重新下载一次。</translation>
    </message>
    <message>
        <source>The copy of the model that Teahouse keeps to start it faster is damaged. The model itself is in order; with your next try the copy is made anew.</source>
        <translation>茶馆为了加快载入而保存的模型副本已损坏。模型本身没有问题；再试一次时会重新制作这份副本。</translation>
    </message>
    <message>
        <source>Even in its most compact form this model takes about {needed} of memory, and only {available} can be had, so it was not loaded. Close other programs, or choose a smaller model.</source>
        <translation>这个模型即使用最省内存的方式也需要约 {needed} 内存，可用的只有 {available}，所以没有加载。请关闭一些其他程序，或者换一个更小的模型。</translation>
    </message>
    <message>
        <source>There is not enough free memory for this model, so it was not loaded. Close other programs, or choose a smaller model.</source>
        <translation>空闲内存不够，这个模型没有加载。请关闭一些其他程序，或者换一个更小的模型。</translation>
    </message>
    <message>
        <source>This model can remember {limit} tokens at most, and it was asked to remember {requested}. Choose a shorter memory in the settings.</source>
        <translation>这个模型最多能记住 {limit} 个词元，而现在要求它记住 {requested} 个。请在设置里让它少记一些。</translation>
    </message>
    <message>
        <source>This model cannot remember as much as it was asked to. Choose a shorter memory in the settings.</source>
        <translation>这个模型记不住要求的那么多内容。请在设置里让它少记一些。</translation>
    </message>
    <message>
        <source>There was not enough memory for this model. Your conversation is kept. Closing other programs helps, and so does a smaller model.</source>
        <translation>内存不够这个模型用。对话都已保留。关掉一些别的程序，或者换一个小一点的模型，都会有帮助。</translation>
    </message>
    <message>
        <source>Something went wrong between Teahouse and the model. Everything written so far is kept.</source>
        <translation>茶馆与模型之间出了差错。已经写出的内容都在。</translation>
    </message>
    <message>
        <source>This message is too long for the model: it has {tokens} tokens, and {limit} fit. It is kept; shorten it, or let the model remember more in the settings.</source>
        <translation>这条消息对模型来说太长了：共 {tokens} 个词元，最多能放 {limit} 个。消息已保留；请缩短一些，或者在设置里让模型记住更多内容。</translation>
    </message>
    <message>
        <source>This message is too long for the model. It is kept; shorten it, or let the model remember more in the settings.</source>
        <translation>这条消息对模型来说太长了。消息已保留；请缩短一些，或者在设置里让模型记住更多内容。</translation>
    </message>
    <message>
        <source>There is nothing to send yet. Write a few words first.</source>
        <translation>还没有可以发送的内容，先写几个字吧。</translation>
    </message>
    <message>
        <source>The disk is full, so the last change could not be saved. Your text stays here; make some room and try again.</source>
        <translation>磁盘满了，刚才的改动没能保存。您的文字还在这里；腾出一些空间后再试一次。</translation>
    </message>
    <message>
        <source>Teahouse may not write into the folder {folder}, so nothing new can be saved. What is there can still be read.</source>
        <translation>茶馆不能写入文件夹 {folder}，所以无法保存新内容。已有的内容仍可查看。</translation>
    </message>
    <message>
        <source>Teahouse may not write into its folder, so nothing new can be saved. What is there can still be read.</source>
        <translation>茶馆不能写入自己的文件夹，所以无法保存新内容。已有的内容仍可查看。</translation>
    </message>
    <message>
        <source>The file with your conversations is damaged. It was kept as it is: {path}</source>
        <translation>保存对话的文件已损坏，原样保留在：{path}</translation>
    </message>
    <message>
        <source>The file with your conversations is damaged. It was kept as it is.</source>
        <translation>保存对话的文件已损坏，已原样保留。</translation>
    </message>
    <message>
        <source>Your conversations were saved by a newer Teahouse. Here they can be read but not changed; install the newer version to go on.</source>
        <translation>这些对话是由更新版本的茶馆保存的。在这里只能查看，不能修改；请安装新版本后继续。</translation>
    </message>
    <message>
        <source>Another program is using the file with your conversations, so the last change could not be saved yet. Your text stays here.</source>
        <translation>另一个程序正在使用保存对话的文件，刚才的改动还没能保存。您的文字还在这里。</translation>
    </message>
    <message>
        <source>The last change could not be saved. Your text stays here.</source>
        <translation>刚才的改动没能保存。您的文字还在这里。</translation>
    </message>
    <message>
        <source>Teahouse is already open; its window comes to the front.</source>
        <translation>茶馆已经打开，窗口会来到最前面。</translation>
    </message>
    <message>
        <source>There is no display for a window here. You can chat in the terminal instead.</source>
        <translation>这里没有可以显示窗口的屏幕，您可以改在终端里聊天。</translation>
    </message>
    <message>
        <source>{name} is damaged or is no backup made by Teahouse, so nothing was taken from it. What you have here is as it was.</source>
        <translation>{name} 已损坏，或者不是由茶馆制作的备份，因此没有从中取出任何内容。这里原有的一切都没有改变。</translation>
    </message>
    <message>
        <source>This file is damaged or is no backup made by Teahouse, so nothing was taken from it. What you have here is as it was.</source>
        <translation>这个文件已损坏，或者不是由茶馆制作的备份，因此没有从中取出任何内容。这里原有的一切都没有改变。</translation>
    </message>
    <message>
        <source>This backup was made by a newer Teahouse. Install the newer version to restore it; what you have here is as it was.</source>
        <translation>这个备份是由更新版本的茶馆制作的。请安装新版本后再恢复；这里原有的一切都没有改变。</translation>
    </message>
    <message>
        <source>The folder with your conversations is not there: {path}. Connect its disk and try again.</source>
        <translation>找不到存放对话的文件夹：{path}。请接好它所在的磁盘，然后重试。</translation>
    </message>
    <message>
        <source>The folder with your conversations is not there. Connect its disk and try again.</source>
        <translation>找不到存放对话的文件夹。请接好它所在的磁盘，然后重试。</translation>
    </message>
    <message>
        <source>The folder with your models is not there: {path}. Connect its disk and try again. Your conversations can be read as always.</source>
        <translation>找不到存放模型的文件夹：{path}。请接好它所在的磁盘，然后重试。对话仍可照常阅读。</translation>
    </message>
    <message>
        <source>The folder with your models is not there. Connect its disk and try again. Your conversations can be read as always.</source>
        <translation>找不到存放模型的文件夹。请接好它所在的磁盘，然后重试。对话仍可照常阅读。</translation>
    </message>
    <message>
        <source>The note about where your conversations lie cannot be read, so Teahouse does not know their folder. The conversations themselves were not touched.</source>
        <translation>记录对话存放位置的文件无法读取，因此茶馆不知道它们在哪个文件夹。对话本身没有被改动。</translation>
    </message>
    <message>
        <source>There is something in the folder {path} already. Choose an empty or a new one.</source>
        <translation>文件夹 {path} 里已经有内容。请选择一个空的或新的文件夹。</translation>
    </message>
    <message>
        <source>There is something in this folder already. Choose an empty or a new one.</source>
        <translation>这个文件夹里已经有内容。请选择一个空的或新的文件夹。</translation>
    </message>
    <message>
        <source>The folder {path} lies inside the one that is to be moved. Choose a place outside of it.</source>
        <translation>文件夹 {path} 位于要移动的文件夹之内。请选择它以外的位置。</translation>
    </message>
    <message>
        <source>This folder lies inside the one that is to be moved. Choose a place outside of it.</source>
        <translation>这个文件夹位于要移动的文件夹之内。请选择它以外的位置。</translation>
    </message>
</context>
<context>
    <name>FileList</name>
    <message>
        <source>and {count} more</source>
        <translation>还有 {count} 个文件</translation>
    </message>
</context>
<context>
    <name>FirstRun</name>
    <message>
        <source>For conversation</source>
        <translation>用来聊天</translation>
    </message>
    <message>
        <source>Think first, then answer</source>
        <translation>先思考，再回答</translation>
    </message>
    <message>
        <source>For program code</source>
        <translation>用来编程</translation>
    </message>
    <message>
        <source>Too large for Teahouse</source>
        <translation>太大，茶馆无法运行</translation>
    </message>
    <message>
        <source>{total} GB memory</source>
        <translation>{total} GB 内存</translation>
    </message>
    <message>
        <source>graphics card with {total} GB</source>
        <translation>{total} GB 显卡</translation>
    </message>
    <message>
        <source>no usable graphics card</source>
        <translation>无可用的独立显卡</translation>
    </message>
    <message>
        <source>{size} free</source>
        <translation>硬盘空闲 {size}</translation>
    </message>
    <message>
        <source>The processor of this computer ({name}) is too old for models: it lacks the instructions that all programs for them are built on (AVX2). You can look around, but no model will answer here.</source>
        <translation>这台电脑的处理器（{name}）太旧，缺少运行模型必需的指令（AVX2）。您可以先看看，但模型在这里无法回答。</translation>
    </message>
    <message>
        <source>The light edition of Teahouse</source>
        <translation>茶馆轻量版</translation>
    </message>
    <message>
        <source>It opens models in one file (.gguf): drag one onto this window, or choose it with the button below. Models that come as a folder need the full edition.</source>
        <translation>它能打开单个文件的模型：把文件拖到这个窗口里，或者用下面的按钮选择。文件夹形式的模型需要完整版。</translation>
    </message>
    <message>
        <source>The models of this list come as folders, and this is the light edition of Teahouse, which opens models in one file (.gguf). Install the full edition to use them; your conversations stay.</source>
        <translation>这里列出的模型都是文件夹形式，而这是茶馆轻量版，只能打开单个文件（.gguf）的模型。安装完整版后就能使用它们，对话会保留。</translation>
    </message>
    <message>
        <source>Needs the full edition</source>
        <translation>需要完整版</translation>
    </message>
    <message>
        <source>of memory in use ({precision})</source>
        <translation>使用内存（{precision}）</translation>
    </message>
    <message>
        <source>of files to bring</source>
        <translation>文件大小</translation>
    </message>
    <message>
        <source>of the graphics card&apos;s memory</source>
        <translation>使用显存</translation>
    </message>
    <message>
        <source>{free} of memory are free now, and no model of the GLM family fits comfortably. The smallest, {name}, takes about {size}. Closing other programs helps.</source>
        <translation>现在空闲内存 {free}，GLM 家族的模型都放不宽裕。最小的 {name} 大约需要 {size}。关掉一些别的程序会有帮助。</translation>
    </message>
    <message>
        <source>{free} of memory are free now; with this model {left} stay free for everything else.</source>
        <translation>现在空闲内存 {free}；用这个模型时，还有 {left} 留给其他程序。</translation>
    </message>
    <message>
        <source>{name} would suit it even better, but {size} would have to be free on the disk.</source>
        <translation>{name} 更适合这台电脑，但硬盘要有 {size} 空闲。</translation>
    </message>
    <message>
        <source>Larger models fit too, but would write more slowly here than one reads aloud.</source>
        <translation>更大的模型也放得下，但在这台电脑上写得比人朗读还慢。</translation>
    </message>
    <message>
        <source>The disk has too little room for it ({size} are needed): leave the files on a stick or another disk.</source>
        <translation>硬盘空间不够（需要 {size}）：可以把文件留在优盘或另一块硬盘上使用。</translation>
    </message>
    <message>
        <source>Little memory is free</source>
        <translation>空闲内存太少</translation>
    </message>
    <message>
        <source>Teahouse never goes online: it opens no page and downloads nothing. Copy an address, download the whole folder with a browser, on another computer if you like, bring it here, for instance on a USB stick, and drag the folder onto this window.</source>
        <translation>茶馆从不联网，不会打开网页，也不会下载。请复制地址，用浏览器下载整个文件夹（也可以在另一台电脑上下载，再用优盘带过来），然后把文件夹拖到这个窗口里。</translation>
    </message>
    <message>
        <source>{size} to download</source>
        <translation>下载 {size}</translation>
    </message>
    <message>
        <source>{billions} billion parameters</source>
        <comment>use one of {billions}, {yi} (hundreds of millions)</comment>
        <translation>{yi} 亿参数</translation>
    </message>
    <message>
        <source>at least {size} of memory (INT4)</source>
        <translation>至少需要内存 {size}（INT4）</translation>
    </message>
    <message>
        <source>Writes slowly here.</source>
        <translation>在这里写得慢。</translation>
    </message>
    <message>
        <source>Only continues texts; it was not taught to converse.</source>
        <translation>只会续写文章，没有学过对话。</translation>
    </message>
    <message>
        <source>For long texts: {remembers}.</source>
        <translation>适合长文章：{remembers}。</translation>
    </message>
    <message>
        <source>Compressed to INT{bits} already.</source>
        <translation>已经压缩为 INT{bits}。</translation>
    </message>
    <message>
        <source>The folder holds the model twice: the files ending in .bin may be left out, those ending in .safetensors are enough.</source>
        <translation>文件夹里的模型有两份：只要结尾为 .safetensors 的文件就够了，结尾为 .bin 的可以不下载。</translation>
    </message>
    <message>
        <source>Licence: {name}</source>
        <translation>许可：{name}</translation>
    </message>
    <message>
        <source>remembers {tokens} tokens</source>
        <translation>能记住 {tokens} 个词元</translation>
    </message>
</context>
<context>
    <name>FirstRunPage</name>
    <message>
        <source>Teahouse</source>
        <translation>茶馆</translation>
    </message>
    <message>
        <source>Chat on your own computer. No sign-in, and nothing you write ever leaves it.</source>
        <translation>在您自己的电脑上聊天。不用登录，文字不会离开这台电脑。</translation>
    </message>
    <message>
        <source>Try the small built-in model now</source>
        <translation>试用小模型（仅英文）</translation>
    </message>
    <message>
        <source>It works at once and without internet. It speaks only English and knows little.</source>
        <translation>不用联网，马上就能用。它只会英文，懂的也不多。</translation>
    </message>
    <message>
        <source>Look around first</source>
        <translation>先随便看看</translation>
    </message>
</context>
<context>
    <name>FolderQuestion</name>
    <message>
        <source>Teahouse</source>
        <translation>茶馆</translation>
    </message>
    <message>
        <source>Where are your conversations?</source>
        <translation>您的对话在哪里？</translation>
    </message>
    <message>
        <source>With the usual folder you begin without them, for now. What you write then stays in that folder; your conversations come back as soon as their own folder is there again.</source>
        <translation>使用通常的文件夹时，暂时会从没有对话的状态开始。这段时间写的内容会留在那个文件夹里；原来的文件夹接回之后，原有的对话就会回来。</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Choose the folder…</source>
        <translation>选择文件夹…</translation>
    </message>
    <message>
        <source>Use the usual folder</source>
        <translation>使用通常的文件夹</translation>
    </message>
    <message>
        <source>Choose the folder with your conversations</source>
        <translation>选择存放对话的文件夹</translation>
    </message>
</context>
<context>
    <name>GenerationQuestion</name>
    <message>
        <source>Which generation is this?</source>
        <translation>这是哪一代模型？</translation>
    </message>
    <message>
        <source>The files alone do not tell. If you do not know, leave it as it is: that is likely right.</source>
        <translation>单看文件分辨不出来。如果您也不确定，保持现在的选择即可，它多半是对的。</translation>
    </message>
    <message>
        <source>{name} (likely)</source>
        <translation>{name}（可能性更大）</translation>
    </message>
</context>
<context>
    <name>Header</name>
    <message>
        <source>Hide the sidebar</source>
        <translation>隐藏侧边栏</translation>
    </message>
    <message>
        <source>Show the sidebar</source>
        <translation>显示侧边栏</translation>
    </message>
</context>
<context>
    <name>HitModel</name>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
</context>
<context>
    <name>IdleBox</name>
    <message>
        <source>Reset</source>
        <translation>恢复默认</translation>
    </message>
    <message>
        <source>Reset: {label}</source>
        <translation>恢复默认：{label}</translation>
    </message>
</context>
<context>
    <name>ImportController</name>
    <message>
        <source>{name} is ready.</source>
        <translation>{name} 可以使用了。</translation>
    </message>
    <message>
        <source>Use it now</source>
        <translation>现在使用</translation>
    </message>
</context>
<context>
    <name>ImportPage</name>
    <message>
        <source>Add this model?</source>
        <translation>添加这个模型？</translation>
    </message>
    <message>
        <source>Add a model</source>
        <translation>添加模型</translation>
    </message>
    <message>
        <source>Which models do you want to add?</source>
        <translation>要添加哪些模型？</translation>
    </message>
    <message>
        <source>Back to the conversation (Esc)</source>
        <translation>返回对话 (Esc)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Stop looking</source>
        <translation>停止查看</translation>
    </message>
</context>
<context>
    <name>Importing</name>
    <message>
        <source>fine precision</source>
        <translation>精度：精细</translation>
    </message>
    <message>
        <source>full precision</source>
        <translation>精度：完整</translation>
    </message>
    <message>
        <source>compact precision</source>
        <translation>精度：紧凑</translation>
    </message>
    <message>
        <source>in order</source>
        <translation>完好</translation>
    </message>
    <message>
        <source>not needed</source>
        <translation>用不到</translation>
    </message>
    <message>
        <source>is missing</source>
        <translation>缺少这个文件</translation>
    </message>
    <message>
        <source>is cut short</source>
        <translation>文件不完整</translation>
    </message>
    <message>
        <source>is only a note that the download left in place of the file</source>
        <translation>这里只有下载时留下的一条记录，没有文件本身</translation>
    </message>
    <message>
        <source>cannot be read, or makes no sense inside</source>
        <translation>无法读取，或者内容不对</translation>
    </message>
    <message>
        <source>belongs to another model</source>
        <translation>属于另一个模型</translation>
    </message>
    <message>
        <source>could run as a program, so it is not opened</source>
        <translation>可能会作为程序运行，所以没有打开</translation>
    </message>
    <message>
        <source>is a link that leads out of the folder</source>
        <translation>是一个指向文件夹之外的链接</translation>
    </message>
    <message>
        <source>differs from what was published</source>
        <translation>与发布的文件不一致</translation>
    </message>
    <message>
        <source>&quot;{name}&quot; is not there any more.</source>
        <translation>“{name}”已经不在那里了。</translation>
    </message>
    <message>
        <source>&quot;{name}&quot; could not be read. Check that its disk is connected and that you may open it.</source>
        <translation>无法读取“{name}”。请检查它所在的磁盘是否已连接，以及您是否有权打开它。</translation>
    </message>
    <message>
        <source>There is not enough room on the disk for &quot;{name}&quot;: the copy takes {size}. Nothing of it was left behind. Make some room and try again.</source>
        <translation>磁盘空间放不下“{name}”：复制需要 {size}。没有留下残缺的文件。请腾出一些空间后重试。</translation>
    </message>
    <message>
        <source>The disk with the models folder takes no file as large as those of &quot;{name}&quot;: one that is formatted as FAT32 takes none above 4 GB. Nothing was copied. You can use the model where it is.</source>
        <translation>模型文件夹所在的磁盘放不下“{name}”这么大的文件：格式为 FAT32 的磁盘放不下超过 4 GB 的文件。没有复制任何内容。可以直接在原处使用这个模型。</translation>
    </message>
    <message>
        <source>&quot;{name}&quot; is not where it was. Is its disk still connected? Nothing of the copy was left behind.</source>
        <translation>“{name}”已不在原处。它所在的磁盘还连接着吗？复制没有留下残缺的文件。</translation>
    </message>
    <message>
        <source>&quot;{name}&quot; could not be read any more. Is its disk still connected? Nothing of the copy was left behind.</source>
        <translation>“{name}”读到一半就读不出来了。它所在的磁盘还连接着吗？复制没有留下残缺的文件。</translation>
    </message>
    <message>
        <source>The copy of &quot;{name}&quot; did not come out like the original, so it was thrown away. Try again when nothing else is changing these files.</source>
        <translation>“{name}”的副本与原文件不一致，已经丢弃。请在没有其他程序改动这些文件时重试。</translation>
    </message>
    <message>
        <source>&quot;{file}&quot; differs from what was published, so &quot;{name}&quot; was not copied. Download this file again; if you changed the model yourself, use it where it is.</source>
        <translation>“{file}”与发布的文件不一致，所以没有复制“{name}”。请重新下载这个文件；如果是您自己改动过的模型，可以直接在原处使用。</translation>
    </message>
    <message>
        <source>Teahouse may not write into its folder of models, so &quot;{name}&quot; was not added. Check that folder and try again.</source>
        <translation>茶馆无法写入自己的模型文件夹，所以没有添加“{name}”。请检查这个文件夹后重试。</translation>
    </message>
    <message>
        <source>The disk refused to take &quot;{name}&quot;. Nothing of it was left behind. Try again, or use the model where it is.</source>
        <translation>磁盘未能写入“{name}”，没有留下残缺的文件。请重试，或者让模型留在原处使用。</translation>
    </message>
    <message>
        <source>The disk with the models folder takes no file as large as those of &quot;{name}&quot;: one that is formatted as FAT32 takes none above 4 GB. Nothing was unpacked.</source>
        <translation>模型文件夹所在的磁盘放不下“{name}”这么大的文件：格式为 FAT32 的磁盘放不下超过 4 GB 的文件。没有解包任何内容。</translation>
    </message>
    <message>
        <source>The disk refused to take &quot;{name}&quot;. Nothing of it was left behind. Try again.</source>
        <translation>磁盘没能写入“{name}”，没有留下残缺的文件。请重试。</translation>
    </message>
    <message>
        <source>A model in one file</source>
        <translation>单个文件的模型</translation>
    </message>
    <message>
        <source>A model of the ChatGLM family</source>
        <translation>ChatGLM 系列的模型</translation>
    </message>
    <message>
        <source>A model of the generation {generation}</source>
        <translation>{generation} 这一代的模型</translation>
    </message>
    <message>
        <source>A folder with a model</source>
        <translation>一个模型文件夹</translation>
    </message>
    <message>
        <source>A model pack</source>
        <translation>模型包</translation>
    </message>
    <message>
        <source>on the disk</source>
        <translation>占用磁盘</translation>
    </message>
    <message>
        <source>parameters</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>it can remember at most</source>
        <translation>最多能记住</translation>
    </message>
    <message>
        <source>The file is not in order</source>
        <translation>这个文件有问题</translation>
    </message>
    <message>
        <source>{bad} of {count} files are not in order</source>
        <translation>{count} 个文件中有 {bad} 个有问题</translation>
    </message>
    <message>
        <source>1 of {count} files is not in order</source>
        <translation>{count} 个文件中有 1 个有问题</translation>
    </message>
    <message>
        <source>The file is complete</source>
        <translation>文件完整</translation>
    </message>
    <message>
        <source>All {count} files are there</source>
        <translation>{count} 个文件都在</translation>
    </message>
    <message>
        <source>is cut short: {actual} of {expected} are there</source>
        <translation>文件不完整：只有 {actual}，应为 {expected}</translation>
    </message>
    <message>
        <source>The whole folder of a ChatGLM or GLM model, a model in one file (.gguf), or a pack.</source>
        <translation>整个 ChatGLM 或 GLM 模型文件夹、单个文件的模型，或者模型包。</translation>
    </message>
    <message>
        <source>A model in one file (.gguf), alone or in a pack. Folders need the full edition of Teahouse.</source>
        <translation>单个文件的模型，或者装有这种模型的模型包。文件夹形式的模型需要茶馆完整版。</translation>
    </message>
    <message>
        <source>There is no model in &quot;{name}&quot; that this light edition of Teahouse can use. It takes a model in one file (.gguf), alone or in a pack.</source>
        <translation>“{name}”里没有茶馆轻量版能用的模型。需要的是单个文件的模型，或者装有这种模型的模型包。</translation>
    </message>
    <message>
        <source>There is no model in &quot;{name}&quot; that Teahouse can use. It takes the whole folder of a ChatGLM or GLM model with all of its files, a model in one file (.gguf), or a model pack.</source>
        <translation>“{name}”里没有茶馆能用的模型。需要的是 ChatGLM 或 GLM 模型的整个文件夹（包括其中全部文件）、单个文件的模型，或者模型包。</translation>
    </message>
    <message>
        <source>It works only while this disk is connected, and loading may be slow.</source>
        <translation>只有连接着这个磁盘时才能使用，而且载入可能较慢。</translation>
    </message>
    <message>
        <source>Takes no further room. The files have to stay where they are now.</source>
        <translation>不再占用空间。文件需要一直放在现在的位置。</translation>
    </message>
    <message>
        <source>Takes {needed} of the disk.</source>
        <translation>占用磁盘 {needed}。</translation>
    </message>
    <message>
        <source>Takes {needed} of the disk; {free} are free.</source>
        <translation>占用磁盘 {needed}，现有空闲 {free}。</translation>
    </message>
    <message>
        <source>Not enough room: it takes {needed}, and {free} are free.</source>
        <translation>空间不足：需要 {needed}，现有空闲 {free}。</translation>
    </message>
    <message>
        <source>Looking at &quot;{name}&quot;…</source>
        <translation>正在查看“{name}”…</translation>
    </message>
    <message>
        <source>{percent}, about {time} left</source>
        <translation>{percent}，大约还要 {time}</translation>
    </message>
    <message>
        <source>{count} files differ from what was published (see the list of files). Download them again before you rely on this model.</source>
        <translation>有 {count} 个文件与发布的不一致（见文件列表）。在放心使用这个模型之前，请重新下载它们。</translation>
    </message>
    <message>
        <source>Differs from what was published: {names}. Download it again before you rely on this model.</source>
        <translation>与发布的不一致：{names}。在放心使用这个模型之前，请重新下载。</translation>
    </message>
    <message>
        <source>Every byte agrees with what was published.</source>
        <translation>每个字节都与发布的一致。</translation>
    </message>
    <message>
        <source>{count} of {total} files agree with what was published. For the others nothing was published; what they hold now is remembered with the model for later checks.</source>
        <translation>{total} 个文件中有 {count} 个与发布的一致。其余文件没有发布过可供核对的信息；茶馆会随模型记下它们现在的内容，供以后检查时核对。</translation>
    </message>
    <message>
        <source>Everything could be read. Nothing was published to compare it with; what the files hold now is remembered with the model for later checks.</source>
        <translation>所有内容都能读取。没有发布过可供核对的信息；茶馆会随模型记下这些文件现在的内容，供以后检查时核对。</translation>
    </message>
    <message>
        <source>{billions} billion</source>
        <comment>use {billions} or {hundred_millions}</comment>
        <translation>{hundred_millions} 亿</translation>
    </message>
    <message>
        <source>{millions} million</source>
        <comment>use {millions} or {hundred_millions}</comment>
        <translation>{hundred_millions} 亿</translation>
    </message>
    <message>
        <source>{millions} million</source>
        <comment>use {millions} or {ten_thousands}</comment>
        <translation>{ten_thousands} 万</translation>
    </message>
    <message>
        <source>{words} words</source>
        <comment>use {words} or {characters} (of Chinese)</comment>
        <translation>{characters} 字</translation>
    </message>
</context>
<context>
    <name>LanguageButton</name>
    <message>
        <source>Language: {name}</source>
        <translation>语言：{name}</translation>
    </message>
</context>
<context>
    <name>LibraryController</name>
    <message>
        <source>Moved to the recycle bin.</source>
        <translation>已移到回收站。</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
</context>
<context>
    <name>LicenceLine</name>
    <message>
        <source>Hide the address</source>
        <translation>收起地址</translation>
    </message>
    <message>
        <source>Where to read it</source>
        <translation>全文地址</translation>
    </message>
</context>
<context>
    <name>LoadNotes</name>
    <message>
        <source>The graphics card cannot be used: the processor does it all.</source>
        <translation>显卡无法使用：全部由处理器计算。</translation>
    </message>
    <message>
        <source>This model finds no graphics card to run on: the processor does it all.</source>
        <translation>没有找到这个模型能用的显卡：全部由处理器计算。</translation>
    </message>
    <message>
        <source>The graphics card lacks free memory: the processor does it all.</source>
        <translation>显卡可用内存不足：全部由处理器计算。</translation>
    </message>
    <message>
        <source>Too large for the graphics card: a part runs on the processor.</source>
        <translation>显卡放不下整个模型：一部分由处理器计算。</translation>
    </message>
    <message>
        <source>The description of this model names a wrong rope base; the one that it was trained with is used.</source>
        <translation>此模型的说明文件中 rope 基数有误；已改用训练时的数值。</translation>
    </message>
    <message>
        <source>This model brings a P-Tuning prefix, which is not used.</source>
        <translation>此模型附带 P-Tuning 前缀，未使用。</translation>
    </message>
    <message>
        <source>The files of this model hold an output matrix that its description leaves out; it is used.</source>
        <translation>此模型的文件中含有说明文件未提及的输出矩阵；已使用该矩阵。</translation>
    </message>
    <message>
        <source>Computed by the processor.</source>
        <translation>由处理器计算。</translation>
    </message>
    <message>
        <source>Computed by {device} and the processor.</source>
        <translation>由 {device} 和处理器共同计算。</translation>
    </message>
    <message>
        <source>Computed by {device}.</source>
        <translation>由 {device} 计算。</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Teahouse</source>
        <translation>茶馆</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Search all conversations</source>
        <translation>搜索全部对话</translation>
    </message>
    <message>
        <source>Show or hide the sidebar</source>
        <translation>显示或隐藏侧边栏</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>回车</translation>
    </message>
    <message>
        <source>Send the message</source>
        <translation>发送消息</translation>
    </message>
    <message>
        <source>Shift+Enter</source>
        <translation>Shift+回车</translation>
    </message>
    <message>
        <source>New line in the message</source>
        <translation>在消息里换行</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>Stop the answer, or go back</source>
        <translation>停止回答，或返回</translation>
    </message>
    <message>
        <source>Up</source>
        <translation>向上键</translation>
    </message>
    <message>
        <source>Edit the last message (in an empty message field)</source>
        <translation>修改上一条消息（输入框为空时）</translation>
    </message>
    <message>
        <source>Rename the conversation</source>
        <translation>重命名对话</translation>
    </message>
    <message>
        <source>Del</source>
        <translation>删除键</translation>
    </message>
    <message>
        <source>Move the conversation to the recycle bin</source>
        <translation>把对话移到回收站</translation>
    </message>
</context>
<context>
    <name>MeasureBox</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Cancel the measurement</source>
        <translation>取消测量</translation>
    </message>
</context>
<context>
    <name>MeasureTexts</name>
    <message>
        <source>Measure on this computer</source>
        <translation>在这台电脑上测量</translation>
    </message>
    <message>
        <source>Speed of the model: tokens a second (benchmark)</source>
        <translation>模型的速度：每秒词元数（跑分）</translation>
    </message>
    <message>
        <source>This model does not fit into the memory that is free now.</source>
        <translation>现在空闲的内存放不下这个模型。</translation>
    </message>
    <message>
        <source>Finds out how fast this model reads and writes here: about {time}. A message that you send ends it.</source>
        <translation>测出这个模型在这台电脑上读和写有多快：大约需要 {time}。您一发消息，测量就会结束。</translation>
    </message>
    <message>
        <source>Can be measured when the model is loaded and no answer is being written.</source>
        <translation>等模型加载好、没有回答正在写的时候，就可以测量。</translation>
    </message>
    <message>
        <source>{names} has to be prepared first, once: about {time}, and {size} of the disk.</source>
        <translation>首次使用 {names} 要先做准备：大约 {time}，占用磁盘 {size}。</translation>
    </message>
    <message>
        <source>Left out, for want of free memory: {names}.</source>
        <translation>空闲内存不够，这次不测 {names}。</translation>
    </message>
    <message>
        <source> and </source>
        <comment>between two names</comment>
        <translation>、</translation>
    </message>
    <message>
        <source>{name} ({at} of {count}): {what}</source>
        <translation>{name}（第 {at} 项，共 {count} 项）：{what}</translation>
    </message>
    <message>
        <source>{name}: {what}</source>
        <translation>{name}：{what}</translation>
    </message>
    <message>
        <source>About {time} to go.</source>
        <translation>大约还要 {time}。</translation>
    </message>
    <message>
        <source>it is prepared, this first time only.</source>
        <translation>正在做准备，只有第一次需要。</translation>
    </message>
    <message>
        <source>it is loaded.</source>
        <translation>正在加载。</translation>
    </message>
    <message>
        <source>it reads a text.</source>
        <translation>正在读一段文字。</translation>
    </message>
    <message>
        <source>it writes, round {round} of {rounds}.</source>
        <translation>正在写，第 {round} 轮，共 {rounds} 轮。</translation>
    </message>
    <message>
        <source>{name} could not be measured. {reason}</source>
        <translation>{name} 没能测成。{reason}</translation>
    </message>
    <message>
        <source>The measurement was cancelled.</source>
        <translation>测量已取消。</translation>
    </message>
    <message>
        <source>The measurement was stopped because the model was needed. What it had found stays.</source>
        <translation>因为要用到模型，测量提前结束了。已经测出的结果仍然保留。</translation>
    </message>
    <message>
        <source>The measurement was stopped because the models were being moved to another folder. What it had found stays.</source>
        <translation>因为要把模型移到另一个文件夹，测量提前结束了。已经测出的结果仍然保留。</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>精度</translation>
    </message>
    <message>
        <source>Writes</source>
        <translation>写</translation>
    </message>
    <message>
        <source>Reads</source>
        <translation>读</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>about {words} words a second</source>
        <comment>use {words}, or {characters} (of Chinese)</comment>
        <translation>每秒约 {characters} 个字</translation>
    </message>
    <message>
        <source>{name}: writes {writes}, reads {reads}, {memory}</source>
        <translation>{name}：写 {writes}，读 {reads}，{memory}</translation>
    </message>
    <message>
        <source>Measured: {date}</source>
        <translation>测量时间：{date}</translation>
    </message>
    <message>
        <source>{speed} tokens/s</source>
        <translation>{speed} 词元/秒</translation>
    </message>
    <message>
        <source>It answers faster than {other} on this computer.</source>
        <translation>在这台电脑上，它回答得比 {other} 快。</translation>
    </message>
    <message>
        <source>It answers slower than {other} on this computer.</source>
        <translation>在这台电脑上，它回答得比 {other} 慢。</translation>
    </message>
    <message>
        <source>It answers as fast as {other} on this computer.</source>
        <translation>在这台电脑上，它回答得和 {other} 一样快。</translation>
    </message>
</context>
<context>
    <name>MemoryCard</name>
    <message>
        <source>Memory of this computer</source>
        <translation>这台电脑的内存</translation>
    </message>
    <message>
        <source>Load it as chosen anyway</source>
        <translation>仍按所选方式加载</translation>
    </message>
</context>
<context>
    <name>MemoryController</name>
    <message>
        <source>The model is being loaded: {percent}.</source>
        <translation>正在加载模型：{percent}。</translation>
    </message>
    <message>
        <source>The model is loaded again: {percent}.</source>
        <translation>正在重新加载模型：{percent}。</translation>
    </message>
    <message>
        <source>The model is loaded again: {percent}. Before its next answer it reads the open conversation again.</source>
        <translation>正在重新加载模型：{percent}。下次回答之前，它会把打开的对话重新读一遍。</translation>
    </message>
    <message>
        <source>It counts as soon as the answer that is being written is finished.</source>
        <translation>等正在写的回答写完就生效。</translation>
    </message>
    <message>
        <source>Its memory was freed; the model is loaded this way when you write.</source>
        <translation>内存已释放；您发消息时，模型就会这样加载。</translation>
    </message>
</context>
<context>
    <name>MemoryTexts</name>
    <message>
        <source>FP16 · best</source>
        <translation>FP16 · 最精确</translation>
    </message>
    <message>
        <source>INT8 · nearly the same</source>
        <translation>INT8 · 几乎一样</translation>
    </message>
    <message>
        <source>INT4 · smallest</source>
        <translation>INT4 · 最省内存</translation>
    </message>
    <message>
        <source>The most exact answers; uses {size}.</source>
        <translation>回答最精确；占用 {size}。</translation>
    </message>
    <message>
        <source>Answers hardly differ from those of FP16; uses {size} instead of {most}.</source>
        <translation>回答与 FP16 几乎没有差别；占用 {size}，而不是 {most}。</translation>
    </message>
    <message>
        <source>Answers may be slightly worse than with FP16; uses {size} instead of {most}.</source>
        <translation>回答可能比 FP16 略差一点；占用 {size}，而不是 {most}。</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>精度</translation>
    </message>
    <message>
        <source>How much of the conversation the model remembers</source>
        <translation>模型能记住多少对话内容</translation>
    </message>
    <message>
        <source>Memory of this computer</source>
        <translation>这台电脑的内存</translation>
    </message>
    <message>
        <source>Context length (context window), in tokens</source>
        <translation>上下文长度（上下文窗口），以词元计</translation>
    </message>
    <message>
        <source>Quantization: how many bits each weight of the model keeps</source>
        <translation>量化：模型的每个权重保留多少位</translation>
    </message>
    <message>
        <source>{name} · installed, {size} on disk</source>
        <translation>{name} · 已安装，占磁盘 {size}</translation>
    </message>
    <message>
        <source>{name} · used in its own folder, {size} on disk</source>
        <translation>{name} · 在原来的文件夹里使用，占磁盘 {size}</translation>
    </message>
    <message>
        <source>{name} ✓ recommended</source>
        <translation>{name} ✓ 推荐</translation>
    </message>
    <message>
        <source>It last wrote {speed} tokens a second on this computer.</source>
        <translation>它在这台电脑上最近一次每秒写 {speed} 个词元。</translation>
    </message>
    <message>
        <source>The files of this model come at one precision; there is nothing to choose.</source>
        <translation>这个模型的文件只有一种精度，无需选择。</translation>
    </message>
    <message>
        <source>The files of this model come at one precision; it uses {size}.</source>
        <translation>这个模型的文件只有一种精度，无需选择；占用 {size}。</translation>
    </message>
    <message>
        <source>{tokens} tokens: about {words} words or {characters} Chinese characters</source>
        <translation>{tokens} 个词元：约 {characters} 个汉字，或 {words} 个英文单词</translation>
    </message>
    <message>
        <source>{count}K</source>
        <translation>{count}K</translation>
    </message>
    <message>
        <source>A longer memory needs more of the computer&apos;s memory, and long conversations take longer to read.</source>
        <translation>记住的内容越多，占用的内存越多，长对话读起来也越慢。</translation>
    </message>
    <message>
        <source>What this model takes of the memory cannot be told from its files.</source>
        <translation>从这个模型的文件看不出它要占用多少内存。</translation>
    </message>
    <message>
        <source>{total} GB, of which {others} are used by other programs</source>
        <translation>共 {total} GB，其他程序用了 {others}</translation>
    </message>
    <message>
        <source>other programs {size}</source>
        <translation>其他程序 {size}</translation>
    </message>
    <message>
        <source>model {size}</source>
        <translation>模型 {size}</translation>
    </message>
    <message>
        <source>conversation {size}</source>
        <translation>对话 {size}</translation>
    </message>
    <message>
        <source>free {size}</source>
        <translation>空闲 {size}</translation>
    </message>
    <message>
        <source>missing {size}</source>
        <translation>还差 {size}</translation>
    </message>
    <message>
        <source>Fits.</source>
        <translation>放得下。</translation>
    </message>
    <message>
        <source>Tight.</source>
        <translation>有点紧张。</translation>
    </message>
    <message>
        <source>Does not fit.</source>
        <translation>放不下。</translation>
    </message>
    <message>
        <source>Only {size} would be left for everything else on this computer.</source>
        <translation>这台电脑上的其他一切只能剩下 {size}。</translation>
    </message>
    <message>
        <source>It would take {needed}, and {room} can be had.</source>
        <translation>需要 {needed}，可用的只有 {room}。</translation>
    </message>
    <message>
        <source>Even its smallest form takes {size}: close other programs, or use a smaller model.</source>
        <translation>即使用最省内存的方式也要 {size}：请关闭一些其他程序，或者换一个更小的模型。</translation>
    </message>
    <message>
        <source>Last time: estimated {estimated}, used {used}.</source>
        <translation>上次加载：估计 {estimated}，实际用了 {used}。</translation>
    </message>
    <message>
        <source>The memory ran out while {name} was being loaded.</source>
        <translation>加载“{name}”时内存用完了。</translation>
    </message>
    <message>
        <source>{name} would take {needed} of memory, and {room} can be had.</source>
        <translation>“{name}”需要 {needed} 内存，可用的只有 {room}。</translation>
    </message>
    <message>
        <source>{name} answers instead; it takes {size}.</source>
        <translation>改由“{name}”来回答，占用 {size}。</translation>
    </message>
    <message>
        <source>This takes about {needed} of memory, and {room} can be had: the computer may become very slow, or end the model.</source>
        <translation>这样大约需要 {needed} 内存，可用的只有 {room}：电脑可能会变得很慢，也可能会中止模型。</translation>
    </message>
    <message>
        <source>It is loaded with {chosen} instead of {wanted}, remembers {fewer} tokens instead of {more}, and takes {size}.</source>
        <translation>改用 {chosen}（原为 {wanted}）加载，记住 {fewer} 个词元（原为 {more} 个），占用 {size}。</translation>
    </message>
    <message>
        <source>It is loaded with {chosen} instead of {wanted} and takes {size}.</source>
        <translation>改用 {chosen}（原为 {wanted}）加载，占用 {size}。</translation>
    </message>
    <message>
        <source>It remembers {fewer} tokens instead of {more} and takes {size}.</source>
        <translation>改为记住 {fewer} 个词元（原为 {more} 个），占用 {size}。</translation>
    </message>
</context>
<context>
    <name>ModelCard</name>
    <message>
        <source>Added.</source>
        <translation>已添加。</translation>
    </message>
    <message>
        <source>You have this model already.</source>
        <translation>您已经有这个模型了。</translation>
    </message>
    <message>
        <source>Show the files</source>
        <translation>查看文件</translation>
    </message>
    <message>
        <source>Hide the files</source>
        <translation>收起文件</translation>
    </message>
    <message>
        <source>Check every byte first</source>
        <translation>先逐字节检查</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>重新查看</translation>
    </message>
    <message>
        <source>Use it</source>
        <translation>使用它</translation>
    </message>
    <message>
        <source>Start copying</source>
        <translation>开始复制</translation>
    </message>
    <message>
        <source>Add and use</source>
        <translation>添加并使用</translation>
    </message>
</context>
<context>
    <name>ModelChip</name>
    <message>
        <source>No model was found on this computer</source>
        <translation>这台电脑上没有找到模型</translation>
    </message>
    <message>
        <source>Free memory</source>
        <translation>释放内存</translation>
    </message>
    <message>
        <source>Takes the model out of memory; it is loaded again when you write.</source>
        <translation>让模型退出内存，下次写消息时再载入。</translation>
    </message>
    <message>
        <source>Add a model…</source>
        <translation>添加模型…</translation>
    </message>
    <message>
        <source>Manage models…</source>
        <translation>管理模型…</translation>
    </message>
    <message>
        <source>Which models suit this computer?</source>
        <translation>哪些模型适合这台电脑？</translation>
    </message>
    <message>
        <source>Open models folder</source>
        <translation>打开模型文件夹</translation>
    </message>
    <message>
        <source>Model: {text}</source>
        <translation>模型：{text}</translation>
    </message>
    <message>
        <source>Loading {percent} · {name}</source>
        <translation>载入中 {percent} · {name}</translation>
    </message>
    <message>
        <source>No model</source>
        <translation>没有模型</translation>
    </message>
    <message>
        <source>Not running · {name}</source>
        <translation>未运行 · {name}</translation>
    </message>
    <message>
        <source>Looking for a model…</source>
        <translation>正在查找模型…</translation>
    </message>
    <message>
        <source>The model is being loaded. You can write already.</source>
        <translation>模型正在载入，您可以先写起来。</translation>
    </message>
    <message>
        <source>The model is writing an answer.</source>
        <translation>模型正在写回答。</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>Memory was freed; the model is loaded when you write.</source>
        <translation>内存已释放；您发消息时会重新加载模型。</translation>
    </message>
    <message>
        <source>Small trial model (English only)</source>
        <translation>试用小模型（仅英文）</translation>
    </message>
    <message>
        <source>cannot be used</source>
        <translation>无法使用</translation>
    </message>
</context>
<context>
    <name>ModelControl</name>
    <message>
        <source>Back to recommended</source>
        <translation>恢复推荐</translation>
    </message>
    <message>
        <source>{name}: back to recommended</source>
        <translation>{name}：恢复推荐</translation>
    </message>
</context>
<context>
    <name>ModelPage</name>
    <message>
        <source>Precision</source>
        <translation>精度</translation>
    </message>
    <message>
        <source>How much of the conversation the model remembers</source>
        <translation>模型能记住多少对话内容</translation>
    </message>
    <message>
        <source>Quantization: how many bits each weight of the model keeps</source>
        <translation>量化：模型的每个权重保留多少位</translation>
    </message>
    <message>
        <source>Context length (context window), in tokens</source>
        <translation>上下文长度（上下文窗口），以词元计</translation>
    </message>
</context>
<context>
    <name>ModelPicker</name>
    <message>
        <source>Choose the folder of the model</source>
        <translation>选择模型所在的文件夹</translation>
    </message>
    <message>
        <source>Choose the file of the model</source>
        <translation>选择模型文件</translation>
    </message>
    <message>
        <source>Model files (*.gguf *.safetensors *.bin *{pack})</source>
        <translation>模型文件 (*.gguf *.safetensors *.bin *{pack})</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
</context>
<context>
    <name>ModelRemoval</name>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
</context>
<context>
    <name>ModelRow</name>
    <message>
        <source>Use at every start</source>
        <translation>每次启动都用它</translation>
    </message>
    <message>
        <source>Check every byte</source>
        <translation>逐字节检查</translation>
    </message>
    <message>
        <source>Make a pack for another computer…</source>
        <translation>打包带到另一台电脑…</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Take off the list…</source>
        <translation>从列表移除…</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>移除…</translation>
    </message>
    <message>
        <source>Use it</source>
        <translation>使用</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>重新查看</translation>
    </message>
    <message>
        <source>More for this model</source>
        <translation>这个模型的更多操作</translation>
    </message>
</context>
<context>
    <name>ModelWork</name>
    <message>
        <source>Show in folder</source>
        <translation>在文件夹中显示</translation>
    </message>
</context>
<context>
    <name>Models</name>
    <message>
        <source>Prepared copies</source>
        <translation>备好的副本</translation>
    </message>
    <message>
        <source>There is not enough room for the pack of &quot;{name}&quot; on that disk: it takes {size}. Nothing of it was left behind. Choose another disk, or make some room and try again.</source>
        <translation>目标磁盘放不下“{name}”的模型包：它需要 {size}。没有留下残缺的文件。请换一个磁盘，或者腾出空间后再试。</translation>
    </message>
    <message>
        <source>That disk takes no file as large as the pack of &quot;{name}&quot; ({size}): one that is formatted as FAT32 takes none above 4 GB. Choose another disk, or have this one formatted as exFAT, which erases what is on it.</source>
        <translation>“{name}”的模型包有 {size}，目标磁盘放不下这么大的文件：格式为 FAT32 的磁盘放不下超过 4 GB 的文件。请换一个磁盘，或者把它格式化为 exFAT（上面的内容会被清除）。</translation>
    </message>
    <message>
        <source>Teahouse may not write there, so &quot;{name}&quot; was not packed. Choose another folder.</source>
        <translation>茶馆不能在那里写入，所以没有打包“{name}”。请换一个文件夹。</translation>
    </message>
    <message>
        <source>That disk refused to take the pack of &quot;{name}&quot;. Nothing of it was left behind. Is it still connected? Try again, or choose another disk.</source>
        <translation>目标磁盘没能存下“{name}”的模型包，也没有留下残缺的文件。它还连接着吗？请再试一次，或者换一个磁盘。</translation>
    </message>
    <message>
        <source>Teahouse may not change the folder of the models, so &quot;{name}&quot; stays where it is.</source>
        <translation>茶馆不能改动模型文件夹，所以“{name}”仍在原处。</translation>
    </message>
    <message>
        <source>&quot;{name}&quot; could not be removed: another program may be using it. It stays as it is; try again later.</source>
        <translation>没能移除“{name}”：可能有别的程序正在使用它。它保持原样，请稍后再试。</translation>
    </message>
    <message>
        <source>one file</source>
        <translation>单个文件</translation>
    </message>
    <message>
        <source>Comes with Teahouse</source>
        <translation>随茶馆附带</translation>
    </message>
    <message>
        <source>Used where it is: {path}</source>
        <translation>在原处使用：{path}</translation>
    </message>
    <message>
        <source>Last used: {date}</source>
        <translation>上次使用：{date}</translation>
    </message>
    <message>
        <source>Not used yet</source>
        <translation>还没有用过</translation>
    </message>
    <message>
        <source>Chosen for every start</source>
        <translation>每次启动都用它</translation>
    </message>
    <message>
        <source>Is being loaded</source>
        <translation>正在载入</translation>
    </message>
    <message>
        <source>In use</source>
        <translation>使用中</translation>
    </message>
    <message>
        <source>Take &quot;{name}&quot; off this list?</source>
        <translation>把“{name}”从列表里移除？</translation>
    </message>
    <message>
        <source>Its files stay where they are: {path}</source>
        <translation>它的文件仍在原处：{path}</translation>
    </message>
    <message>
        <source>It takes {size} of the disk; you can bring it back as long as it is in the bin.</source>
        <translation>它占用磁盘 {size}；只要还在回收站里，就能找回来。</translation>
    </message>
    <message>
        <source>It is in use: it is taken out of memory first, and an answer that is being written ends.</source>
        <translation>它正在使用中：会先从内存中移出，正在写的回答会就此结束。</translation>
    </message>
    <message>
        <source>Take off the list</source>
        <translation>从列表移除</translation>
    </message>
    <message>
        <source>Move to the recycle bin</source>
        <translation>移到回收站</translation>
    </message>
    <message>
        <source>{size} become free. This cannot be undone; you would have to get the model again.</source>
        <translation>会腾出 {size}。删除后无法撤销，要用时只能重新获取这个模型。</translation>
    </message>
    <message>
        <source>Delete for good</source>
        <translation>彻底删除</translation>
    </message>
    <message>
        <source>&quot;{name}&quot; is off the list; its files stay.</source>
        <translation>“{name}”已从列表移除，它的文件还在。</translation>
    </message>
    <message>
        <source>&quot;{name}&quot; was deleted.</source>
        <translation>“{name}”已删除。</translation>
    </message>
    <message>
        <source>Move &quot;{name}&quot; to the recycle bin of this computer?</source>
        <translation>把“{name}”移到这台电脑的回收站？</translation>
    </message>
    <message>
        <source>The recycle bin of this computer does not take &quot;{name}&quot;. Delete it for good?</source>
        <translation>这台电脑的回收站放不了“{name}”。要彻底删除它吗？</translation>
    </message>
    <message>
        <source>&quot;{name}&quot; is in the recycle bin of this computer.</source>
        <translation>“{name}”已移到这台电脑的回收站。</translation>
    </message>
    <message>
        <source>&quot;{name}&quot; could not be brought back from here. Look for it in the recycle bin of this computer.</source>
        <translation>没能从这里找回“{name}”。请到这台电脑的回收站里找找看。</translation>
    </message>
    <message>
        <source>Checking every byte…</source>
        <translation>正在逐字节检查…</translation>
    </message>
    <message>
        <source>Making a pack of it…</source>
        <translation>正在打包…</translation>
    </message>
    <message>
        <source>The pack &quot;{name}&quot; is ready ({size}). Carry it to the other computer and drop it onto Teahouse there.</source>
        <translation>模型包“{name}”做好了（{size}）。把它带到另一台电脑上，拖进那里的茶馆窗口即可。</translation>
    </message>
    <message>
        <source>The pack &quot;{name}&quot; is ready.</source>
        <translation>模型包“{name}”做好了。</translation>
    </message>
    <message>
        <source>None. When a large model is loaded more compactly for the first time, the result is kept here, so that it loads faster from then on.</source>
        <translation>还没有。大模型第一次以更省内存的方式载入时，结果会保存在这里，以后就能更快载入。</translation>
    </message>
    <message>
        <source>1 prepared copy, {size}. It makes its model load faster, and can be made again.</source>
        <translation>1 份备好的副本，共 {size}。它让模型更快载入，删掉后可以重新制作。</translation>
    </message>
    <message>
        <source>{count} prepared copies, {size}. They make models load faster, and can be made again.</source>
        <translation>{count} 份备好的副本，共 {size}。它们让模型更快载入，删掉后可以重新制作。</translation>
    </message>
    <message>
        <source>in use</source>
        <translation>使用中</translation>
    </message>
    <message>
        <source>was never finished</source>
        <translation>没有做完</translation>
    </message>
    <message>
        <source>its model is gone</source>
        <translation>它的模型已经不在了</translation>
    </message>
    <message>
        <source>Remove 1 prepared copy ({size})?</source>
        <translation>移除 1 份备好的副本（{size}）？</translation>
    </message>
    <message>
        <source>Remove {count} prepared copies ({size})?</source>
        <translation>移除 {count} 份备好的副本（{size}）？</translation>
    </message>
    <message>
        <source>The models themselves stay. The next time such a model is loaded takes some minutes again.</source>
        <translation>模型本身不受影响。下次载入这样的模型时，又要多等几分钟。</translation>
    </message>
    <message>
        <source>What the loaded model is using stays.</source>
        <translation>已载入的模型正在使用的那份会保留。</translation>
    </message>
    <message>
        <source>{size} are free again. The rest is used by another program and stays.</source>
        <translation>已腾出 {size}。其余的正被别的程序使用，仍然保留。</translation>
    </message>
    <message>
        <source>{size} are free again.</source>
        <translation>已腾出 {size}。</translation>
    </message>
    <message>
        <source>{speed} tokens/s</source>
        <translation>{speed} 词元/秒</translation>
    </message>
    <message>
        <source>{speed} tokens/s at {precision}</source>
        <translation>{precision} 精度下 {speed} 词元/秒</translation>
    </message>
</context>
<context>
    <name>ModelsPage</name>
    <message>
        <source>Add a model…</source>
        <translation>添加模型…</translation>
    </message>
    <message>
        <source>There is no model on this computer yet. Add the folder of a ChatGLM or GLM model, a model in one file, or a pack from another computer.</source>
        <translation>这台电脑上还没有模型。可以添加 ChatGLM 或 GLM 模型的文件夹、单个文件的模型，或者从另一台电脑带来的模型包。</translation>
    </message>
</context>
<context>
    <name>NewChatButton</name>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
</context>
<context>
    <name>PackPicker</name>
    <message>
        <source>Where should the pack go?</source>
        <translation>模型包存到哪里？</translation>
    </message>
    <message>
        <source>Model packs (*{suffix})</source>
        <translation>模型包 (*{suffix})</translation>
    </message>
</context>
<context>
    <name>Parts</name>
    <message>
        <source>The address was copied: {address}</source>
        <translation>已复制地址：{address}</translation>
    </message>
</context>
<context>
    <name>PlaceChoice</name>
    <message>
        <source>{choice} (recommended)</source>
        <translation>{choice}（推荐）</translation>
    </message>
    <message>
        <source>Use it where it is</source>
        <translation>留在原处使用</translation>
    </message>
    <message>
        <source>Copy it to the models of Teahouse</source>
        <translation>复制到茶馆的模型文件夹</translation>
    </message>
    <message>
        <source>Where should it stay?</source>
        <translation>放在哪里？</translation>
    </message>
    <message>
        <source>It is copied out of the pack, and checked byte for byte</source>
        <translation>从模型包中复制出来，并逐字节核对</translation>
    </message>
</context>
<context>
    <name>PreparedPart</name>
    <message>
        <source>Remove all…</source>
        <translation>全部移除…</translation>
    </message>
    <message>
        <source>Remove all prepared copies</source>
        <translation>移除所有备好的副本</translation>
    </message>
    <message>
        <source>Remove those without a model…</source>
        <translation>移除没有模型的副本…</translation>
    </message>
    <message>
        <source>Remove the prepared copies without a model</source>
        <translation>移除没有模型的备好的副本</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
</context>
<context>
    <name>PrivacyTexts</name>
    <message>
        <source>Nothing leaves this computer</source>
        <translation>没有任何内容离开这台电脑</translation>
    </message>
    <message>
        <source>The model works on this computer. What you write and what it answers is not sent anywhere.</source>
        <translation>模型就在这台电脑上运行。您写的内容和它的回答不会发送到任何地方。</translation>
    </message>
    <message>
        <source>Connections to other computers</source>
        <translation>与其他电脑的连接</translation>
    </message>
    <message>
        <source>Teahouse writes down here when it connects to another computer and to which; never what was said.</source>
        <translation>茶馆何时连接其他电脑、连接了哪一台，都会记在这里；传输的内容从不记录。</translation>
    </message>
    <message>
        <source>How this is checked</source>
        <translation>如何核实</translation>
    </message>
    <message>
        <source>The program and the process in which the model works write each connection that they open into this list. They see what is written in the language Python, as most of Teahouse is. They cannot see what other parts do by themselves, such as the libraries that do the arithmetic.</source>
        <translation>程序本身和运行模型的进程会把各自打开的每个连接写进这份清单。它们能看到用编程语言 Python 写的部分，茶馆的大部分都是如此；但看不到其他部分自己做了什么，例如负责运算的程序库。</translation>
    </message>
    <message>
        <source>Talk within this computer is not listed: the program speaks with the process of the model at an address that no other computer can reach, locked with a new random key for each model. You can try it: switch the network off, and everything goes on.</source>
        <translation>这台电脑内部的通信不列在这里：程序与模型进程之间使用其他电脑无法访问的地址，并且每次加载模型都换一个新的随机密钥。您可以自己试试：断开网络，一切照常工作。</translation>
    </message>
    <message>
        <source>What is kept, and where</source>
        <translation>保存了什么，在哪里</translation>
    </message>
    <message>
        <source>All of it lies on this computer, and it is not encrypted: whoever can use your account, manages this computer or takes its disk out can read it.</source>
        <translation>全部都在这台电脑上，并且没有加密：能使用您的账户、管理这台电脑或取出磁盘的人都能读取。</translation>
    </message>
    <message>
        <source>Let only my account read it</source>
        <translation>仅允许我的账户读取</translation>
    </message>
    <message>
        <source>Nothing changed: the disk or the owner of these files does not allow it.</source>
        <translation>没有改变：这个磁盘或这些文件的所有者不允许这样做。</translation>
    </message>
    <message>
        <source>Other accounts on this computer can read it, and it belongs to one of them.</source>
        <translation>这台电脑上的其他账户可以读取，并且它属于其中一个账户。</translation>
    </message>
    <message>
        <source>Other accounts on this computer can read it.</source>
        <translation>这台电脑上的其他账户可以读取。</translation>
    </message>
    <message>
        <source>Teahouse cannot tell on this system who else can read it.</source>
        <translation>在这个系统上，茶馆无法判断还有谁可以读取。</translation>
    </message>
    <message>
        <source>Other accounts on this computer can read it too. That harms nothing: nothing that you wrote is in it.</source>
        <translation>这台电脑上的其他账户也可以读取。这没有关系：其中没有您写的任何内容。</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>All that you and the models wrote, with titles and drafts. The recycle bin is in here too.</source>
        <translation>您和模型写的全部内容，以及标题和草稿。回收站也在其中。</translation>
    </message>
    <message>
        <source>Safety copies</source>
        <translation>安全副本</translation>
    </message>
    <message>
        <source>Copies of the conversations that Teahouse makes once a day at most, so that it can mend a damaged file. The last three are kept, and those made before a new version changed the file.</source>
        <translation>茶馆最多每天制作一次的对话副本，用来修复损坏的文件。保留最近三份，以及新版本更改文件之前制作的副本。</translation>
    </message>
    <message>
        <source>That is why the tests of Teahouse also look from outside: the operating system reports every attempt of every part, and where it leads; and a whole conversation has to work without any network.</source>
        <translation>因此，茶馆的测试还会从外部观察：任何部分的每一次尝试及其去向，都由操作系统报告；并且在完全没有网络的情况下，必须能完成一次完整的对话。</translation>
    </message>
    <message>
        <source>Damaged files that were replaced</source>
        <translation>已被替换的损坏文件</translation>
    </message>
    <message>
        <source>They are kept because something of yours may still be in them.</source>
        <translation>之所以保留，是因为其中可能还有您的内容。</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>What you chose, what the model should always bear in mind, and what was measured of the models.</source>
        <translation>您的选择、希望模型始终记住的内容，以及对模型的测量结果。</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>What the program did and what went wrong. Never what you or a model wrote.</source>
        <translation>程序做了什么、出了什么问题。绝不包含您或模型写的内容。</translation>
    </message>
    <message>
        <source>List of connections</source>
        <translation>连接清单</translation>
    </message>
    <message>
        <source>What stands above, as a file.</source>
        <translation>上面的清单，以文件形式保存。</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Files of models as they were published. They do not change and learn nothing of what you write.</source>
        <translation>按发布原样保存的模型文件。它们不会改变，也不会从您写的内容中学习。</translation>
    </message>
    <message>
        <source>Models made ready for this computer, so that they load faster.</source>
        <translation>为这台电脑预先处理好的模型，加载更快。</translation>
    </message>
    <message>
        <source>List of models</source>
        <translation>模型清单</translation>
    </message>
    <message>
        <source>Where models lie that are used without a copy, and the checksums of files.</source>
        <translation>未经复制而直接使用的模型所在的位置，以及文件的校验值。</translation>
    </message>
    <message>
        <source>Remove a model in Teahouse and it is taken off the list. Without the file these models have to be added again.</source>
        <translation>在茶馆中移除模型后，它就会从清单中消失。没有这个文件，这些模型需要重新添加。</translation>
    </message>
    <message>
        <source>Note of moved folders</source>
        <translation>文件夹移动记录</translation>
    </message>
    <message>
        <source>Where the folders are now that you moved to another place.</source>
        <translation>您移到别处的文件夹现在的位置。</translation>
    </message>
    <message>
        <source>Move the folders back. Without the note Teahouse looks for them in vain.</source>
        <translation>请先把文件夹移回原处。没有这条记录，茶馆就找不到它们。</translation>
    </message>
    <message>
        <source>Temporary files</source>
        <translation>临时文件</translation>
    </message>
    <message>
        <source>A library that computes for the model makes its own folder here; nothing of yours is in it.</source>
        <translation>为模型运算的程序库会在这里建立自己的文件夹；其中没有您的任何内容。</translation>
    </message>
    <message>
        <source>There is no account. Nobody counts what you do, nothing reports faults by itself, and nothing looks for updates.</source>
        <translation>不需要账号。没有人统计您的使用情况，出错时不会自动上报，也不会联网检查更新。</translation>
    </message>
    <message>
        <source>Only your account can read it.</source>
        <translation>只有您的账户可以读取。</translation>
    </message>
    <message>
        <source>Put conversations into the recycle bin and empty it. To leave no trace of any, close Teahouse and remove this file and the safety copies.</source>
        <translation>把对话放入回收站并清空。若要完全不留痕迹，请关闭茶馆，再移除这个文件和安全副本。</translation>
    </message>
    <message>
        <source>At any time. What you delete in Teahouse stays in them until newer ones take their place.</source>
        <translation>随时可以。您在茶馆中删除的内容会留在这些副本里，直到被更新的副本取代。</translation>
    </message>
    <message>
        <source>Whenever you miss nothing.</source>
        <translation>确认没有缺少内容后即可。</translation>
    </message>
    <message>
        <source>Close Teahouse and remove this file: it begins as on the first day.</source>
        <translation>关闭茶馆后移除这个文件：下次启动时一切恢复初始状态。</translation>
    </message>
    <message>
        <source>Close Teahouse and remove this folder. It stays small by itself.</source>
        <translation>关闭茶馆后移除这个文件夹。日志会自动保持很小。</translation>
    </message>
    <message>
        <source>Close Teahouse and remove this file; the list begins anew.</source>
        <translation>关闭茶馆后移除这个文件；清单会重新开始。</translation>
    </message>
    <message>
        <source>Remove a model in Teahouse, or its files from this folder.</source>
        <translation>在茶馆中移除模型，或从这个文件夹中移除它的文件。</translation>
    </message>
    <message>
        <source>Prepared copies</source>
        <translation>备好的副本</translation>
    </message>
    <message>
        <source>At any time; they are made again when they are needed.</source>
        <translation>随时可以；需要时会重新生成。</translation>
    </message>
    <message>
        <source>At any time; the system clears it away by itself too.</source>
        <translation>随时可以；系统也会自行清理。</translation>
    </message>
    <message>
        <source>the program</source>
        <translation>程序</translation>
    </message>
    <message>
        <source>a command in the terminal</source>
        <translation>终端命令</translation>
    </message>
    <message>
        <source>the process of the model</source>
        <translation>模型进程</translation>
    </message>
    <message>
        <source>{time}: {who} asked for the address of {host}</source>
        <translation>{time}：{who}查询了 {host} 的地址</translation>
    </message>
    <message>
        <source>{time}: {who} connected to {host}, port {port}</source>
        <translation>{time}：{who}连接了 {host}，端口 {port}</translation>
    </message>
    <message>
        <source>{time}: {who} sent something to {host}, port {port}</source>
        <translation>{time}：{who}向 {host} 发送了数据，端口 {port}</translation>
    </message>
    <message>
        <source>{time}: {who} could be reached by others at {host}, port {port}</source>
        <translation>{time}：其他电脑当时可以通过 {host} 访问{who}，端口 {port}</translation>
    </message>
    <message>
        <source>The list of connections cannot be read.</source>
        <translation>无法读取连接清单。</translation>
    </message>
    <message>
        <source>No connection was ever written down.</source>
        <translation>没有任何连接记录。</translation>
    </message>
    <message>
        <source>No connection to another computer was opened since {date}.</source>
        <translation>自 {date} 以来，没有打开过与其他电脑的连接。</translation>
    </message>
    <message>
        <source>One connection to another computer since {date}.</source>
        <translation>自 {date} 以来，与其他电脑有过 1 次连接。</translation>
    </message>
    <message>
        <source>{count} connections to other computers since {date}.</source>
        <translation>自 {date} 以来，与其他电脑有过 {count} 次连接。</translation>
    </message>
    <message>
        <source>The newest {count} are shown.</source>
        <translation>这里显示最近的 {count} 条。</translation>
    </message>
    <message>
        <source>The list is full: what came after it is not in it. It goes on at the next start.</source>
        <translation>清单已满：之后的连接没有记下。下次启动后会继续记录。</translation>
    </message>
    <message>
        <source>MMM d, yyyy</source>
        <comment>a day, as Qt date format</comment>
        <translation>yyyy年M月d日</translation>
    </message>
    <message>
        <source>Deleting: {how}</source>
        <translation>删除：{how}</translation>
    </message>
</context>
<context>
    <name>QueueStrip</name>
    <message>
        <source>Edit: put it back into the composer</source>
        <translation>修改：放回输入框</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Remove all</source>
        <translation>全部移除</translation>
    </message>
    <message>
        <source>1 message waits for the answer to end</source>
        <translation>1 条消息在等回答结束</translation>
    </message>
    <message>
        <source>{count} messages wait for the answer to end</source>
        <translation>{count} 条消息在等回答结束</translation>
    </message>
</context>
<context>
    <name>ReadingText</name>
    <message>
        <source>{count} s</source>
        <translation>{count} 秒</translation>
    </message>
    <message>
        <source>{count} min</source>
        <translation>{count} 分钟</translation>
    </message>
    <message>
        <source>Loading the model…</source>
        <translation>正在载入模型…</translation>
    </message>
    <message>
        <source>Loading the model… {percent} %</source>
        <translation>正在载入模型… {percent}%</translation>
    </message>
    <message>
        <source>Waiting for the answer in another conversation…</source>
        <translation>正在等另一个对话的回答结束…</translation>
    </message>
    <message>
        <source>Thinking…</source>
        <translation>正在思考…</translation>
    </message>
    <message>
        <source>Reading… {percent} %</source>
        <translation>正在阅读… {percent}%</translation>
    </message>
    <message>
        <source>Reading… {percent} %, about {time}</source>
        <translation>正在阅读… {percent}%，大约还要 {time}</translation>
    </message>
</context>
<context>
    <name>RecycleBin</name>
    <message>
        <source>Conversations stay here until you restore them or delete them forever.</source>
        <translation>对话会一直留在这里，直到您恢复或彻底删除它们。</translation>
    </message>
    <message>
        <source>The recycle bin is empty.</source>
        <translation>回收站是空的。</translation>
    </message>
    <message>
        <source>Recycle bin</source>
        <translation>回收站</translation>
    </message>
    <message>
        <source>Back to the conversation (Esc)</source>
        <translation>返回对话（Esc）</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Delete forever…</source>
        <translation>彻底删除…</translation>
    </message>
    <message>
        <source>Empty the recycle bin…</source>
        <translation>清空回收站…</translation>
    </message>
    <message>
        <source>Delete forever</source>
        <translation>彻底删除</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>Deleted conversations</source>
        <translation>已删除的对话</translation>
    </message>
    <message>
        <source>Delete 1 conversation forever? This cannot be undone.</source>
        <translation>要彻底删除 1 个对话吗？删除后无法恢复。</translation>
    </message>
    <message>
        <source>Delete {count} conversations forever? This cannot be undone.</source>
        <translation>要彻底删除 {count} 个对话吗？删除后无法恢复。</translation>
    </message>
</context>
<context>
    <name>SearchField</name>
    <message>
        <source>Search everything…</source>
        <translation>搜索全部对话…</translation>
    </message>
    <message>
        <source>Search all conversations</source>
        <translation>搜索全部对话</translation>
    </message>
    <message>
        <source>Clear the search</source>
        <translation>清除搜索</translation>
    </message>
</context>
<context>
    <name>SettingRow</name>
    <message>
        <source>Reset</source>
        <translation>恢复默认</translation>
    </message>
    <message>
        <source>Reset: {label}</source>
        <translation>恢复默认：{label}</translation>
    </message>
</context>
<context>
    <name>SettingsPane</name>
    <message>
        <source>No setting fits &quot;{query}&quot;.</source>
        <translation>没有找到与“{query}”有关的设置。</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Back to the conversation (Esc)</source>
        <translation>返回对话（Esc）</translation>
    </message>
    <message>
        <source>Search settings…</source>
        <translation>搜索设置…</translation>
    </message>
    <message>
        <source>Search settings</source>
        <translation>搜索设置</translation>
    </message>
    <message>
        <source>Pages of the settings</source>
        <translation>设置分类</translation>
    </message>
</context>
<context>
    <name>SettingsTexts</name>
    <message>
        <source>Switched on</source>
        <translation>开启</translation>
    </message>
    <message>
        <source>Model and memory</source>
        <translation>模型与内存</translation>
    </message>
    <message>
        <source>How much the model takes in, and what that costs.</source>
        <translation>模型能顾及多少内容，以及要占用多少内存。</translation>
    </message>
    <message>
        <source>Your models</source>
        <translation>我的模型</translation>
    </message>
    <message>
        <source>Teahouse starts with the model that was used last, unless you choose one here for every start.</source>
        <translation>茶馆启动时使用上次用过的模型；也可以在这里选一个，每次启动都用它。</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>What you can expect from every answer. Changes count from the next one.</source>
        <translation>每次回答的样子。改动从下一次回答开始生效。</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Changes are seen at once.</source>
        <translation>改动立刻就能看到。</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>The language of the program; the model answers in the language you write.</source>
        <translation>这里是界面的语言；您用什么语言写，模型就用什么语言回答。</translation>
    </message>
    <message>
        <source>Storage and backup</source>
        <translation>存储与备份</translation>
    </message>
    <message>
        <source>Everything that Teahouse keeps lies in these two folders.</source>
        <translation>茶馆保存的一切都在这两个文件夹里。</translation>
    </message>
    <message>
        <source>Privacy</source>
        <translation>隐私</translation>
    </message>
    <message>
        <source>What is kept of what you do, and how to check it.</source>
        <translation>您的哪些内容会保存，以及如何核实。</translation>
    </message>
    <message>
        <source>Check-up</source>
        <translation>体检</translation>
    </message>
    <message>
        <source>Whether everything that Teahouse needs is in order on this computer.</source>
        <translation>看看茶馆在这台电脑上需要的一切是否正常。</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>高级</translation>
    </message>
    <message>
        <source>Things that most people never need.</source>
        <translation>大多数人用不到的内容。</translation>
    </message>
    <message>
        <source>About</source>
        <translation>关于</translation>
    </message>
    <message>
        <source>What this program is, and whose work is in it.</source>
        <translation>这是什么程序，里面有谁的成果。</translation>
    </message>
    <message>
        <source>Runs on</source>
        <translation>用什么计算</translation>
    </message>
    <message>
        <source>A graphics card answers much faster where the model fits into its memory.</source>
        <translation>如果显存放得下模型，用显卡回答会快得多。</translation>
    </message>
    <message>
        <source>Device: CPU or GPU (CUDA, Metal)</source>
        <translation>计算设备：中央处理器或图形处理器</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>处理器</translation>
    </message>
    <message>
        <source>Graphics card</source>
        <translation>显卡</translation>
    </message>
    <message>
        <source>Free memory when idle</source>
        <translation>空闲时释放内存</translation>
    </message>
    <message>
        <source>A model that wrote nothing for so long gives its memory back. When you write, it is loaded again in some seconds, and reads the conversation again.</source>
        <translation>模型这么久没有写回答，就把内存让出来。您再发消息时，它会在几秒内重新加载，并把对话重新读一遍。</translation>
    </message>
    <message>
        <source>Unload the model when idle (keep-alive)</source>
        <translation>闲置时卸载模型（保持加载）</translation>
    </message>
    <message>
        <source>never</source>
        <translation>从不</translation>
    </message>
    <message>
        <source>after 5 min</source>
        <translation>5 分钟后</translation>
    </message>
    <message>
        <source>after 15 min</source>
        <translation>15 分钟后</translation>
    </message>
    <message>
        <source>after 30 min</source>
        <translation>30 分钟后</translation>
    </message>
    <message>
        <source>after 60 min</source>
        <translation>60 分钟后</translation>
    </message>
    <message>
        <source>Threads of the processor</source>
        <translation>处理器线程数</translation>
    </message>
    <message>
        <source>How many parts of the processor work on an answer at once. More is not always faster; fewer leave more for other programs.</source>
        <translation>处理器有多少个部分同时为回答工作。多不一定更快；少一些，其他程序就能用得更多。</translation>
    </message>
    <message>
        <source>Threads (CPU cores)</source>
        <translation>线程数（处理器核心）</translation>
    </message>
    <message>
        <source>automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>all there are</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>What the model should always bear in mind</source>
        <translation>希望模型始终记住的话</translation>
    </message>
    <message>
        <source>It stands before every conversation. The shorter it is, the better small models follow it.</source>
        <translation>它放在每个对话的最前面。写得越短，小模型越容易照做。</translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>For example: Answer briefly and in simple words. I teach at a primary school.</source>
        <translation>例如：请用简单的话简短回答。我是一名小学老师。</translation>
    </message>
    <message>
        <source>Longest answer</source>
        <translation>回答最长多少</translation>
    </message>
    <message>
        <source>An answer that reaches this length ends there, and you can let it go on with Continue.</source>
        <translation>回答写到这个长度就会停下，点“继续”可以接着写。</translation>
    </message>
    <message>
        <source>Maximum new tokens (max_tokens)</source>
        <translation>最大生成词元数（max_tokens）</translation>
    </message>
    <message>
        <source>Precise or imaginative</source>
        <translation>严谨还是有想象力</translation>
    </message>
    <message>
        <source>Precise suits facts and code; imaginative suits stories and ideas, and errs more often.</source>
        <translation>严谨适合查事实、写代码；有想象力适合编故事、想点子，也更容易出错。</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>precise</source>
        <translation>严谨</translation>
    </message>
    <message>
        <source>imaginative</source>
        <translation>有想象力</translation>
    </message>
    <message>
        <source>Very precise</source>
        <translation>非常严谨</translation>
    </message>
    <message>
        <source>Precise</source>
        <translation>严谨</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>均衡</translation>
    </message>
    <message>
        <source>Imaginative</source>
        <translation>有想象力</translation>
    </message>
    <message>
        <source>Very imaginative</source>
        <translation>天马行空</translation>
    </message>
    <message>
        <source>Choice of words</source>
        <translation>用词范围</translation>
    </message>
    <message>
        <source>How far the model may stray from the likeliest next word. Most people never change this.</source>
        <translation>模型可以偏离最可能的下一个词多远。一般不需要改。</translation>
    </message>
    <message>
        <source>Top-p (nucleus sampling)</source>
        <translation>Top-p（核采样）</translation>
    </message>
    <message>
        <source>only the likeliest</source>
        <translation>只用最可能的词</translation>
    </message>
    <message>
        <source>all words</source>
        <translation>所有词</translation>
    </message>
    <message>
        <source>Narrow</source>
        <translation>较窄</translation>
    </message>
    <message>
        <source>Moderate</source>
        <translation>适中</translation>
    </message>
    <message>
        <source>Wide</source>
        <translation>较宽</translation>
    </message>
    <message>
        <source>Light or dark</source>
        <translation>浅色或深色</translation>
    </message>
    <message>
        <source>&quot;As the system&quot; changes together with your computer.</source>
        <translation>“跟随系统”会随电脑的设置一起变化。</translation>
    </message>
    <message>
        <source>Theme, dark mode</source>
        <translation>主题、深色模式、夜间模式</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Size of the text in conversations</source>
        <translation>对话文字大小</translation>
    </message>
    <message>
        <source>The size of what you and the model write; menus keep their size.</source>
        <translation>调整您和模型所写文字的大小，菜单不变。</translation>
    </message>
    <message>
        <source>Font size, in pixels</source>
        <translation>字号，以像素计</translation>
    </message>
    <message>
        <source>small</source>
        <translation>小</translation>
    </message>
    <message>
        <source>large</source>
        <translation>大</translation>
    </message>
    <message>
        <source>Language of the program</source>
        <translation>界面语言</translation>
    </message>
    <message>
        <source>Takes effect at once; your conversations stay as they are.</source>
        <translation>立刻生效，您的对话保持原样。</translation>
    </message>
    <message>
        <source>User interface language, locale</source>
        <translation>用户界面语言、地区</translation>
    </message>
    <message>
        <source>No limit: until the model is done</source>
        <translation>不限：直到模型写完</translation>
    </message>
    <message>
        <source>Up to {words} words or {characters} Chinese characters</source>
        <translation>最多约 {characters} 个汉字，或 {words} 个英文单词</translation>
    </message>
    <message>
        <source>{label}: {value}</source>
        <translation>{label}：{value}</translation>
    </message>
    <message>
        <source>Only the first {count} characters count.</source>
        <translation>只有前 {count} 个字有效。</translation>
    </message>
</context>
<context>
    <name>ShortcutsPage</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
    <message>
        <source>Back to the conversation (Esc)</source>
        <translation>返回对话（Esc）</translation>
    </message>
</context>
<context>
    <name>Sidebar</name>
    <message>
        <source>Teahouse</source>
        <translation>茶馆</translation>
    </message>
    <message>
        <source>Your conversations will be listed here.</source>
        <translation>您的对话会列在这里。</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Recycle bin</source>
        <translation>回收站</translation>
    </message>
    <message>
        <source>Keyboard shortcuts (F1)</source>
        <translation>键盘快捷键（F1）</translation>
    </message>
    <message>
        <source>Search results</source>
        <translation>搜索结果</translation>
    </message>
    <message>
        <source>The latest {count} results</source>
        <translation>最近的 {count} 条结果</translation>
    </message>
    <message>
        <source>1 result</source>
        <translation>1 条结果</translation>
    </message>
    <message>
        <source>{count} results</source>
        <translation>{count} 条结果</translation>
    </message>
    <message>
        <source>Nothing was found for “{query}”. A shorter word may help.</source>
        <translation>没有找到“{query}”，换个短一点的词试试。</translation>
    </message>
</context>
<context>
    <name>StartArea</name>
    <message>
        <source>Drag a model here</source>
        <translation>把模型拖到这里</translation>
    </message>
    <message>
        <source>Choose a folder…</source>
        <translation>选择文件夹…</translation>
    </message>
    <message>
        <source>Choose a file…</source>
        <translation>选择文件…</translation>
    </message>
    <message>
        <source>Teahouse only looks at the files: nothing in them is run as a program, and none is changed.</source>
        <translation>茶馆只查看这些文件：不会运行其中的任何程序，也不会改动任何文件。</translation>
    </message>
</context>
<context>
    <name>StartTexts</name>
    <message>
        <source>Your conversations can be read now, but nothing new can be saved.</source>
        <translation>现在可以查看对话，但无法保存新内容。</translation>
    </message>
    <message>
        <source>An answer was cut off when Teahouse last ended. Its text is kept, and it can be continued.</source>
        <translation>上次关闭茶馆时有一个回答没写完。文字已保留，可以接着写。</translation>
    </message>
    <message>
        <source>{count} answers were cut off when Teahouse last ended. Their text is kept, and they can be continued.</source>
        <translation>上次关闭茶馆时有 {count} 个回答没写完。文字都已保留，可以接着写。</translation>
    </message>
    <message>
        <source>Teahouse is still running and does not answer. It may be busy, or still be putting things away after its window was closed. Please wait a little: this message goes by itself. If it stays, end &quot;Teahouse&quot; in the Task Manager (Ctrl+Shift+Esc); then it opens again. What was saved is kept.</source>
        <translation>茶馆还在运行，但没有响应。它可能正忙，也可能刚关闭窗口、还在收尾。请稍等片刻，这条提示会自动消失。如果一直不消失，请在任务管理器（Ctrl+Shift+Esc）里结束“Teahouse”，茶馆随后会重新打开。已经保存的内容都在。</translation>
    </message>
    <message>
        <source>Teahouse is still running and does not answer. It may be busy, or still be putting things away after its window was closed. Please wait a little: this message goes by itself. If it stays, choose &quot;Force Quit&quot; from the Apple menu and end Teahouse there; then it opens again. What was saved is kept.</source>
        <translation>茶馆还在运行，但没有响应。它可能正忙，也可能刚关闭窗口、还在收尾。请稍等片刻，这条提示会自动消失。如果一直不消失，请在苹果菜单里选择“强制退出”，结束茶馆，茶馆随后会重新打开。已经保存的内容都在。</translation>
    </message>
    <message>
        <source>Teahouse is still running and does not answer. It may be busy, or still be putting things away after its window was closed. Please wait a little: this message goes by itself. If it stays, end Teahouse in the system monitor; then it opens again. What was saved is kept.</source>
        <translation>茶馆还在运行，但没有响应。它可能正忙，也可能刚关闭窗口、还在收尾。请稍等片刻，这条提示会自动消失。如果一直不消失，请在系统监视器里结束茶馆，茶馆随后会重新打开。已经保存的内容都在。</translation>
    </message>
    <message>
        <source>These conversations are open on the computer {name}, or the disk was taken out there before Teahouse was closed. Open them here only if they are closed there: two computers that write to them at once can damage them.</source>
        <translation>这些对话正在电脑 {name} 上打开着，或者在那边没等茶馆关闭，磁盘就拔下来了。请确认那边已经关闭，再在这里打开：两台电脑同时写入可能会损坏对话。</translation>
    </message>
    <message>
        <source>The file with your settings could not be read, so the usual settings count. It was kept at {path}.</source>
        <translation>设置文件无法读取，先按默认设置使用。原文件保留在 {path}。</translation>
    </message>
    <message>
        <source>The file with your conversations was damaged and no copy of it could be used, so Teahouse began a new one.</source>
        <translation>保存对话的文件已损坏，也没有可用的备份，茶馆只好新建了一个。</translation>
    </message>
    <message>
        <source>Messages that could still be read out of the damaged file: {count}.</source>
        <translation>从损坏的文件里救回了 {count} 条消息。</translation>
    </message>
    <message>
        <source>The damaged file was kept: {path}</source>
        <translation>损坏的文件保留在：{path}</translation>
    </message>
    <message>
        <source>The file with your conversations was damaged; the last good copy took its place.</source>
        <translation>保存对话的文件已损坏，已换上最近一份完好的备份。</translation>
    </message>
    <message>
        <source>The file with your conversations was damaged; the good copy of {date} took its place.</source>
        <translation>保存对话的文件已损坏，已换上 {date} 的完好备份。</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>Offline: nothing leaves this computer</source>
        <translation>离线：文字不会离开这台电脑</translation>
    </message>
    <message>
        <source>The model runs on this computer. Nothing that you write is sent anywhere.</source>
        <translation>模型就在这台电脑上运行，您写的内容不会发送到任何地方。</translation>
    </message>
    <message>
        <source>How fast the last answer was written. A token is a word or a part of one.</source>
        <translation>上一次回答的速度。一个词元是一个词，或者词的一部分。</translation>
    </message>
    <message>
        <source>What Teahouse and the model use of the memory of this computer.</source>
        <translation>茶馆和模型占用的电脑内存。</translation>
    </message>
    <message>
        <source>{speed} tokens/s</source>
        <translation>{speed} 词元/秒</translation>
    </message>
    <message>
        <source>Memory {used} / {total} GB</source>
        <translation>内存 {used} / {total} GB</translation>
    </message>
</context>
<context>
    <name>StillOpenNotice</name>
    <message>
        <source>Teahouse</source>
        <translation>茶馆</translation>
    </message>
    <message>
        <source>Teahouse is not answering</source>
        <translation>茶馆没有响应</translation>
    </message>
    <message>
        <source>Open on another computer</source>
        <translation>已在另一台电脑上打开</translation>
    </message>
    <message>
        <source>It is still open there. Close it on that computer first.</source>
        <translation>那边仍然开着。请先在那台电脑上关闭茶馆。</translation>
    </message>
    <message>
        <source>Open here</source>
        <translation>在这里打开</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>StoragePicker</name>
    <message>
        <source>Choose the new place</source>
        <translation>选择新的位置</translation>
    </message>
    <message>
        <source>Save the backup</source>
        <translation>保存备份</translation>
    </message>
    <message>
        <source>Choose the backup</source>
        <translation>选择备份文件</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>Backups (*{suffix})</source>
        <translation>备份文件 (*{suffix})</translation>
    </message>
</context>
<context>
    <name>StorageTexts</name>
    <message>
        <source>Conversations and settings</source>
        <translation>对话和设置</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Backup</source>
        <translation>备份</translation>
    </message>
    <message>
        <source>One file with all conversations and settings, to keep in another place or to take to another computer. The models are not in it. Whoever has the file can read it.</source>
        <translation>把全部对话和设置存成一个文件，可以另处保存，也可以带到另一台电脑上。其中不含模型。拿到这个文件的人都能读到它的内容。</translation>
    </message>
    <message>
        <source>There is not enough room on that disk. Everything is where it was; make some room there, or choose another place.</source>
        <translation>目标磁盘空间不够，文件仍在原处。请在该磁盘上腾出空间，或另选位置。</translation>
    </message>
    <message>
        <source>That disk takes no file as large as one that would be moved: a disk that is formatted as FAT32 takes none above 4 GB. Everything is where it was; choose another place.</source>
        <translation>要移动的文件里有目标磁盘放不下的大文件：格式为 FAT32 的磁盘放不下超过 4 GB 的文件。所有文件仍在原处；请选择别的位置。</translation>
    </message>
    <message>
        <source>Teahouse may not write there. Everything is where it was; choose another place.</source>
        <translation>茶馆不能写入那个位置。一切仍在原处；请选择别的位置。</translation>
    </message>
    <message>
        <source>Another program is using your conversations just now. Everything is where it was; close that program and try again.</source>
        <translation>另一个程序正在使用您的对话。一切仍在原处；请关闭那个程序后重试。</translation>
    </message>
    <message>
        <source>{name} could not be read. Everything is where it was; check the disk and try again.</source>
        <translation>{name} 无法读取。一切仍在原处；请检查磁盘后重试。</translation>
    </message>
    <message>
        <source>{name} changed while it was copied. Everything is where it was; try again when nothing else is working on the models.</source>
        <translation>{name} 在复制过程中发生了变化。一切仍在原处；请在没有其他程序改动模型时重试。</translation>
    </message>
    <message>
        <source>The disk refused to take it. Everything is where it was; try again, or choose another place.</source>
        <translation>磁盘没有接受这些文件。一切仍在原处；请重试，或选择别的位置。</translation>
    </message>
    <message>
        <source>There is not enough room on that disk for the backup. Make some room there, or choose another place.</source>
        <translation>目标磁盘的空间不够存放备份。请腾出一些空间，或选择别的位置。</translation>
    </message>
    <message>
        <source>That disk takes no file as large as this backup, so none was made: a disk that is formatted as FAT32 takes none above 4 GB. Choose another place.</source>
        <translation>目标磁盘放不下这么大的备份文件，所以没有备份：格式为 FAT32 的磁盘放不下超过 4 GB 的文件。请选择别的位置。</translation>
    </message>
    <message>
        <source>Teahouse may not write there, so no backup was made. Choose another place.</source>
        <translation>茶馆不能写入那个位置，因此没有生成备份。请选择别的位置。</translation>
    </message>
    <message>
        <source>The disk refused to take the backup, so none was made. Try again, or choose another place.</source>
        <translation>磁盘没有接受备份文件，因此没有生成备份。请重试，或选择别的位置。</translation>
    </message>
    <message>
        <source>What was written could not be read back from that disk, so no backup was made. Choose another place.</source>
        <translation>写入的内容无法从目标磁盘重新读出，因此没有生成备份。请选择别的位置。</translation>
    </message>
    <message>
        <source>The disk with your conversations takes no file as large as this backup holds. What you have here is as it was.</source>
        <translation>对话所在的磁盘放不下这个备份里的大文件。您这里的内容保持原样。</translation>
    </message>
    <message>
        <source>There is not enough room to restore this backup. What you have here is as it was; make some room and try again.</source>
        <translation>空间不够，无法恢复这个备份。这里原有的一切都没有改变；请腾出空间后重试。</translation>
    </message>
    <message>
        <source>The backup could not be read, or nothing may be written here. What you have here is as it was.</source>
        <translation>备份无法读取，或者这里不能写入。这里原有的一切都没有改变。</translation>
    </message>
    <message>
        <source>{name} could not be read. What you have here is as it was. Is its disk still connected?</source>
        <translation>{name} 无法读取。这里原有的一切都没有改变。它所在的磁盘还连接着吗？</translation>
    </message>
    <message>
        <source>{size} in use</source>
        <translation>已用 {size}</translation>
    </message>
    <message>
        <source>{size} in use, {free} free on this disk</source>
        <translation>已用 {size}，这个磁盘还有 {free} 可用</translation>
    </message>
    <message>
        <source>This folder is not there. Is its disk connected?</source>
        <translation>找不到这个文件夹。它所在的磁盘接好了吗？</translation>
    </message>
    <message>
        <source>This folder was named when Teahouse was started, so it cannot be moved from here.</source>
        <translation>这个文件夹是启动茶馆时指定的，因此不能在这里移动。</translation>
    </message>
    <message>
        <source>This is a portable copy: this folder stays beside the program, and moves along with it.</source>
        <translation>这是便携版：这个文件夹就在程序旁边，程序带到哪里，它就跟到哪里。</translation>
    </message>
    <message>
        <source>Move the models ({size}) to this folder?</source>
        <translation>要把模型（{size}）移动到这个文件夹吗？</translation>
    </message>
    <message>
        <source>Move your conversations and settings ({size}) to this folder?</source>
        <translation>要把对话和设置（{size}）移动到这个文件夹吗？</translation>
    </message>
    <message>
        <source>{free} are free there.</source>
        <translation>那里还有 {free} 可用。</translation>
    </message>
    <message>
        <source>The files are copied and checked first, and you can go on chatting. The old ones are removed only when the new ones are in use.</source>
        <translation>文件会先复制并检查，期间可以继续聊天。新文件启用之后，才会删除旧文件。</translation>
    </message>
    <message>
        <source>The files are copied and checked first. The old ones are removed only when the new ones are in use.</source>
        <translation>文件会先复制并检查。新文件启用之后，才会删除旧文件。</translation>
    </message>
    <message>
        <source>This is a place in the network: it is slower, and not there while the network is not.</source>
        <translation>这是网络上的位置：速度较慢，网络断开时无法使用。</translation>
    </message>
    <message>
        <source>Move</source>
        <translation>移动</translation>
    </message>
    <message>
        <source>Looking at the place…</source>
        <translation>正在查看这个位置…</translation>
    </message>
    <message>
        <source>Copying the models…</source>
        <translation>正在复制模型…</translation>
    </message>
    <message>
        <source>Copying your conversations…</source>
        <translation>正在复制对话…</translation>
    </message>
    <message>
        <source>Copied. The new folder takes over as soon as what is being done with a model has ended.</source>
        <translation>已复制完成。等正在进行的模型操作结束之后，就会启用新文件夹。</translation>
    </message>
    <message>
        <source>The new folder is in use. The old files go as soon as no answer needs them.</source>
        <translation>新文件夹已启用。等没有回答再用到旧文件时，就会删除它们。</translation>
    </message>
    <message>
        <source>The models are now here: {path}</source>
        <translation>模型现在位于：{path}</translation>
    </message>
    <message>
        <source>Your conversations and settings are now here: {path}</source>
        <translation>对话和设置现在位于：{path}</translation>
    </message>
    <message>
        <source>Files that did not belong to the models stayed in the old folder.</source>
        <translation>不属于模型的文件留在了原来的文件夹里。</translation>
    </message>
    <message>
        <source>Teahouse backup {date}</source>
        <translation>茶馆备份 {date}</translation>
    </message>
    <message>
        <source>Making the backup…</source>
        <translation>正在备份…</translation>
    </message>
    <message>
        <source>The settings are now in {name} ({size}). There was no conversation to back up.</source>
        <translation>设置已存入 {name}（{size}）。没有需要备份的对话。</translation>
    </message>
    <message>
        <source>1 conversation and the settings are now in {name} ({size}).</source>
        <translation>1 个对话和设置已存入 {name}（{size}）。</translation>
    </message>
    <message>
        <source>{count} conversations and the settings are now in {name} ({size}).</source>
        <translation>{count} 个对话和设置已存入 {name}（{size}）。</translation>
    </message>
    <message>
        <source>Checking the backup…</source>
        <translation>正在检查备份…</translation>
    </message>
    <message>
        <source>{name} was made on {date} and holds no conversation. Restore it all the same?</source>
        <translation>{name} 制作于 {date}，里面没有对话。仍然要恢复吗？</translation>
    </message>
    <message>
        <source>{name} was made on {date} and holds 1 conversation. Add what is missing here?</source>
        <translation>{name} 制作于 {date}，含有 1 个对话。要添加这里缺少的内容吗？</translation>
    </message>
    <message>
        <source>{name} was made on {date} and holds {count} conversations. Add those that are missing here?</source>
        <translation>{name} 制作于 {date}，含有 {count} 个对话。要添加这里缺少的对话吗？</translation>
    </message>
    <message>
        <source>Nothing that you have here is changed or removed, and a copy of it is kept.</source>
        <translation>这里原有的内容不会被更改或删除，并且会先保留一份副本。</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Take over the settings as well</source>
        <translation>同时采用备份中的设置</translation>
    </message>
    <message>
        <source>Adding the conversations…</source>
        <translation>正在添加对话…</translation>
    </message>
    <message>
        <source>{title} (from the backup)</source>
        <translation>{title}（来自备份）</translation>
    </message>
    <message>
        <source>{count} of them have gone on differently here; both versions are in the list.</source>
        <translation>其中 {count} 个在这里有不同的后续，两个版本都在列表中。</translation>
    </message>
    <message>
        <source>1 is in the recycle bin.</source>
        <translation>1 个在回收站里。</translation>
    </message>
    <message>
        <source>{count} are in the recycle bin.</source>
        <translation>{count} 个在回收站里。</translation>
    </message>
    <message>
        <source>The settings were taken over.</source>
        <translation>已采用备份中的设置。</translation>
    </message>
    <message>
        <source>1 conversation was added.</source>
        <translation>已添加 1 个对话。</translation>
    </message>
    <message>
        <source>{count} conversations were added.</source>
        <translation>已添加 {count} 个对话。</translation>
    </message>
    <message>
        <source>All conversations of this backup are here already.</source>
        <translation>这个备份中的对话这里都已经有了。</translation>
    </message>
    <message>
        <source>There was no conversation in the list of this backup.</source>
        <translation>这个备份的列表里没有对话。</translation>
    </message>
    <message>
        <source>This disk can be unplugged: while it is not connected, these models cannot be used.</source>
        <translation>这个磁盘可以拔下：没有连接时，这些模型无法使用。</translation>
    </message>
    <message>
        <source>This disk can be unplugged: while it is not connected, Teahouse cannot show your conversations.</source>
        <translation>这个磁盘可以拔下：没有连接时，茶馆无法显示您的对话。</translation>
    </message>
    <message>
        <source>The whole Teahouse folder can be copied to another disk and used there.</source>
        <translation>可以把整个茶馆文件夹复制到别的磁盘，在那里使用。</translation>
    </message>
    <message>
        <source>This disk takes such files once it is formatted as exFAT, which erases everything on it, Teahouse included.</source>
        <translation>这个磁盘格式化为 exFAT 之后也能放下，但上面的所有内容都会被清除，包括茶馆。</translation>
    </message>
    <message>
        <source>The folder in use was named when Teahouse was started; name one on another disk instead.</source>
        <translation>现在的文件夹是启动茶馆时指定的；请改为指定别的磁盘上的文件夹。</translation>
    </message>
    <message>
        <source>Under &quot;Storage and backup&quot; the models folder can be moved to another disk.</source>
        <translation>在“存储与备份”里可以把模型文件夹移到别的磁盘。</translation>
    </message>
    <message>
        <source>Under &quot;Storage and backup&quot; your conversations can be moved to another disk.</source>
        <translation>在“存储与备份”里可以把对话移到别的磁盘。</translation>
    </message>
</context>
<context>
    <name>TaskPanel</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Close this message</source>
        <translation>关闭这条消息</translation>
    </message>
</context>
<context>
    <name>Terminal</name>
    <message>
        <source>You are chatting with {model}, offline. Type {farewell} to leave.</source>
        <translation>正在与 {model} 离线聊天。输入 {farewell} 退出。</translation>
    </message>
    <message>
        <source>There is no text to ask.</source>
        <translation>没有要提问的内容。</translation>
    </message>
    <message>
        <source>Added: {id}. Its files stay where they are.</source>
        <translation>已添加：{id}。它的文件留在原处。</translation>
    </message>
    <message>
        <source>Copied and added: {id}.</source>
        <translation>已复制并添加：{id}。</translation>
    </message>
    <message>
        <source>{path} is there already. Choose another name.</source>
        <translation>{path} 已经存在，请换一个名字。</translation>
    </message>
    <message>
        <source>This model is there already: {id}.</source>
        <translation>这个模型已经在这里了：{id}。</translation>
    </message>
    <message>
        <source>Its files do not say clearly which generation it is. It is taken for {generation}; if it is {others}, say so with --family.</source>
        <translation>它的文件没有明确说明是哪一代模型，现在按 {generation} 处理；如果它是 {others}，请用 --family 说明。</translation>
    </message>
</context>
<context>
    <name>TextFormat</name>
    <message>
        <source>Pinned</source>
        <translation>置顶</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>昨天</translation>
    </message>
    <message>
        <source>Last 7 days</source>
        <translation>最近 7 天</translation>
    </message>
    <message>
        <source>{month} {year}</source>
        <comment>use any of {month} (name), {month_number}, {year}</comment>
        <translation>{year} 年 {month_number} 月</translation>
    </message>
    <message>
        <source>{percent} %</source>
        <translation>{percent}%</translation>
    </message>
    <message>
        <source>MMM d</source>
        <comment>a day of this year, as Qt date format</comment>
        <translation>M月d日</translation>
    </message>
    <message>
        <source>MMM d, yyyy</source>
        <comment>a day, as Qt date format</comment>
        <translation>yyyy年M月d日</translation>
    </message>
</context>
<context>
    <name>TitleLabel</name>
    <message>
        <source>Title of the conversation</source>
        <translation>对话标题</translation>
    </message>
    <message>
        <source>Title: {title}</source>
        <translation>标题：{title}</translation>
    </message>
    <message>
        <source>Press F2 to change it</source>
        <translation>按 F2 修改</translation>
    </message>
</context>
<context>
    <name>Transcript</name>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Regenerate</source>
        <translation>重新回答</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>Previous version</source>
        <translation>上一个版本</translation>
    </message>
    <message>
        <source>Next version</source>
        <translation>下一个版本</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>再试一次</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
    <message>
        <source>Do not wrap</source>
        <translation>不换行</translation>
    </message>
    <message>
        <source>Wrap</source>
        <translation>自动换行</translation>
    </message>
    <message>
        <source>Copy code</source>
        <translation>复制代码</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>代码</translation>
    </message>
    <message>
        <source>Wide block, scrolls with Left and Right</source>
        <translation>较宽的内容，用左右方向键滚动</translation>
    </message>
    <message>
        <source>The model no longer sees what is above</source>
        <translation>模型已看不到这条线以上的内容</translation>
    </message>
    <message>
        <source>Jump to latest</source>
        <translation>回到最新</translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Select all of this message</source>
        <translation>全选这条消息</translation>
    </message>
    <message>
        <source>Copy link address</source>
        <translation>复制链接地址</translation>
    </message>
    <message>
        <source>Thinking…</source>
        <translation>正在思考…</translation>
    </message>
    <message>
        <source>Thinking</source>
        <translation>思考过程</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>The answer was interrupted</source>
        <translation>回答被中断了</translation>
    </message>
    <message>
        <source>The model gave no answer</source>
        <translation>模型没有给出回答</translation>
    </message>
    <message>
        <source>You: {text}</source>
        <translation>您：{text}</translation>
    </message>
    <message>
        <source>Teahouse: {text}</source>
        <translation>茶馆：{text}</translation>
    </message>
    <message>
        <source>{count} characters</source>
        <translation>{count} 字</translation>
    </message>
    <message>
        <source>1 word</source>
        <translation>1 词</translation>
    </message>
    <message>
        <source>{count} words</source>
        <translation>{count} 词</translation>
    </message>
    <message>
        <source>{pace} tokens/s</source>
        <translation>{pace} 词元/秒</translation>
    </message>
</context>
<context>
    <name>WelcomeCard</name>
    <message>
        <source>I already have model files</source>
        <translation>我已有模型文件</translation>
    </message>
    <message>
        <source>Where to get model files</source>
        <translation>到哪里找模型文件</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>这台电脑</translation>
    </message>
    <message>
        <source>Looking at this computer…</source>
        <translation>正在了解这台电脑…</translation>
    </message>
    <message>
        <source>For this computer</source>
        <translation>这台电脑</translation>
    </message>
    <message>
        <source>Recommended for this computer</source>
        <translation>为这台电脑推荐</translation>
    </message>
</context>
<context>
    <name>_Backup</name>
    <message>
        <source>Back up…</source>
        <translation>备份…</translation>
    </message>
    <message>
        <source>Restore…</source>
        <translation>恢复…</translation>
    </message>
</context>
<context>
    <name>_Folder</name>
    <message>
        <source>Move…</source>
        <translation>移动…</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>打开文件夹</translation>
    </message>
</context>
<context>
    <name>_Note</name>
    <message>
        <source>Look again</source>
        <translation>重新查看</translation>
    </message>
</context>
<context>
    <name>_Row</name>
    <message>
        <source>Copying &quot;{name}&quot;</source>
        <translation>正在复制“{name}”</translation>
    </message>
    <message>
        <source>&quot;{name}&quot; is copied next</source>
        <translation>接下来复制“{name}”</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Close this message</source>
        <translation>关闭这条消息</translation>
    </message>
</context>
<context>
    <name>_Thing</name>
    <message>
        <source>Show in folder</source>
        <translation>在文件夹中显示</translation>
    </message>
</context>
</TS>
